#include "rows.hpp"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace authhost::test {

namespace fs = std::filesystem;
namespace pb = google::protobuf;

namespace {

std::string row(const std::string& kind, const pb::FileDescriptor& file, const std::string& name,
                const std::string& first, const std::string& second, const std::string& label) {
  return kind + '\t' + file.name() + '\t' + name + '\t' + first + '\t' + second + '\t' + label;
}

std::string type_of(const pb::FieldDescriptor& field) {
  if (field.is_map()) {
    const auto& entry = *field.message_type();
    return "map<" + type_of(*entry.map_key()) + "," + type_of(*entry.map_value()) + ">";
  }
  if (field.message_type() != nullptr) return field.message_type()->full_name();
  if (field.enum_type() != nullptr) return field.enum_type()->full_name();
  return field.type_name();
}

std::string label_of(const pb::FieldDescriptor& field) {
  std::string label;
  if (field.is_repeated() && !field.is_map()) label = "repeated";
  if (field.has_optional_keyword()) label = "optional";
  if (field.real_containing_oneof() != nullptr) label = "oneof " + field.real_containing_oneof()->name();
  if (field.options().deprecated()) label += label.empty() ? "deprecated" : " deprecated";
  return label;
}

void add_enum(const pb::EnumDescriptor& type, Rows& rows) {
  for (int i = 0; i < type.value_count(); ++i) {
    const auto& value = *type.value(i);
    rows.push_back(row("enum", *type.file(), type.full_name() + '.' + value.name(), std::to_string(value.number()), "",
                       value.options().deprecated() ? "deprecated" : ""));
  }
}

void add_message(const pb::Descriptor& type, Rows& rows) {
  if (type.options().map_entry()) return;  // stands in the field's type
  const auto& file = *type.file();
  if (type.field_count() == 0) rows.push_back(row("empty", file, type.full_name(), "", "", ""));
  for (int i = 0; i < type.field_count(); ++i) {
    const auto& field = *type.field(i);
    rows.push_back(
        row("field", file, field.full_name(), std::to_string(field.number()), type_of(field), label_of(field)));
  }
  for (int i = 0; i < type.nested_type_count(); ++i) add_message(*type.nested_type(i), rows);
  for (int i = 0; i < type.enum_type_count(); ++i) add_enum(*type.enum_type(i), rows);
}

void add_service(const pb::ServiceDescriptor& service, Rows& rows) {
  for (int i = 0; i < service.method_count(); ++i) {
    const auto& method = *service.method(i);
    const std::string in = method.client_streaming() ? "stream " : "";
    const std::string out = method.server_streaming() ? "stream " : "";
    rows.push_back(row("rpc", *service.file(), service.full_name() + '/' + method.name(),
                       in + method.input_type()->full_name(), out + method.output_type()->full_name(),
                       method.options().deprecated() ? "deprecated" : ""));
  }
}

}  // namespace

Rows rows_of_tables() {
  Rows rows;
  for (const char* table : {"flyteidl.tsv", "flyteidl2.tsv"}) {
    const auto path = fs::path(AUTHHOST_SOURCE_DIR) / "tests/wire" / table;
    std::ifstream in(path);
    if (!in) throw std::runtime_error("cannot read " + path.string());
    for (std::string line; std::getline(in, line);) {
      if (!line.empty() && line.front() != '#') rows.push_back(line);
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

std::vector<std::string> proto_files() {
  const auto top = fs::path(AUTHHOST_SOURCE_DIR) / "proto";
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(top)) {
    const std::string file = fs::relative(entry.path(), top).string();
    if (entry.path().extension() == ".proto" && file.rfind("authhost/", 0) != 0) files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  return files;
}

Rows rows_of(const pb::FileDescriptor& file) {
  Rows rows;
  for (int i = 0; i < file.message_type_count(); ++i) add_message(*file.message_type(i), rows);
  for (int i = 0; i < file.enum_type_count(); ++i) add_enum(*file.enum_type(i), rows);
  for (int i = 0; i < file.service_count(); ++i) add_service(*file.service(i), rows);
  return rows;
}

std::vector<std::string> columns_of(const std::string& row) {
  std::vector<std::string> columns;
  std::istringstream in(row);
  for (std::string column; std::getline(in, column, '\t');) columns.push_back(column);
  return columns;
}

}  // namespace authhost::test
