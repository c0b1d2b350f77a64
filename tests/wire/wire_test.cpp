// The wire contract with Flyte's servers: what was compiled is what the tables say, no more and no less.
#include "rows.hpp"

#include <flyteidl/service/admin.grpc.pb.h>
#include <flyteidl/service/auth.grpc.pb.h>
#include <flyteidl/service/identity.grpc.pb.h>
#include <flyteidl2/auth/auth_service.grpc.pb.h>
#include <flyteidl2/auth/identity.grpc.pb.h>
#include <flyteidl2/cluster/service.grpc.pb.h>
#include <flyteidl2/dataproxy/dataproxy_service.grpc.pb.h>
#include <flyteidl2/project/project_service.grpc.pb.h>
#include <flyteidl2/secret/secret.grpc.pb.h>
#include <flyteidl2/task/task_service.grpc.pb.h>
#include <flyteidl2/workflow/run_logs_service.grpc.pb.h>
#include <flyteidl2/workflow/run_service.grpc.pb.h>

#include <google/protobuf/descriptor.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <set>
#include <string>

using namespace authhost::test;
namespace pb = google::protobuf;

namespace {

const pb::FileDescriptor& compiled(const std::string& file) {
  const auto* descriptor = pb::DescriptorPool::generated_pool()->FindFileByName(file);
  INFO(file);  // not linked in, if this fails
  REQUIRE(descriptor != nullptr);
  return *descriptor;
}

// All that the library holds, sorted.
Rows compiled_rows() {
  Rows rows;
  for (const auto& file : proto_files()) {
    const auto more = rows_of(compiled(file));
    rows.insert(rows.end(), more.begin(), more.end());
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

void check_empty(const Rows& rows, const std::string& what) {
  for (const auto& row : rows) FAIL_CHECK(what << ": " << row);
  CHECK(rows.empty());
}

Rows difference(const Rows& from, const Rows& without) {
  Rows rest;
  std::set_difference(from.begin(), from.end(), without.begin(), without.end(), std::back_inserter(rest));
  return rest;
}

std::set<std::string> files_of(const Rows& rows) {
  std::set<std::string> files;
  for (const auto& row : rows) files.insert(columns_of(row).at(1));
  return files;
}

// "1", "2 to 4": as a .proto file says it, one entry for each range.
std::set<std::string> reserved_of(const pb::Descriptor& type) {
  std::set<std::string> ranges;
  for (int i = 0; i < type.reserved_range_count(); ++i) {
    const auto& range = *type.reserved_range(i);  // its end is not part of it
    const auto first = std::to_string(range.start);
    ranges.insert(range.end == range.start + 1 ? first : first + " to " + std::to_string(range.end - 1));
  }
  return ranges;
}

void add_reserved(const pb::Descriptor& type, std::map<std::string, std::set<std::string>>& all) {
  if (auto ranges = reserved_of(type); !ranges.empty()) all[type.full_name()] = std::move(ranges);
  for (int i = 0; i < type.nested_type_count(); ++i) add_reserved(*type.nested_type(i), all);
}

template <typename Service>
std::string name_with_stub(const std::shared_ptr<grpc::Channel>& channel) {
  CHECK(Service::NewStub(channel) != nullptr);
  return Service::service_full_name();
}

}  // namespace

TEST_CASE("each row of the tables is compiled: file, number, type, oneof, optional, repeated, deprecated, stream") {
  const auto tables = rows_of_tables();
  REQUIRE(tables.size() > 1300);
  check_empty(difference(tables, compiled_rows()), "in the tables alone");
}

TEST_CASE("each message, field, enum value and RPC that is compiled is a row of the tables") {
  const auto rows = compiled_rows();
  REQUIRE(rows.size() > 1300);
  check_empty(difference(rows, rows_of_tables()), "compiled alone");
}

TEST_CASE("the files below proto are the files of the tables") {
  const auto files = proto_files();
  CHECK(std::set<std::string>(files.begin(), files.end()) == files_of(rows_of_tables()));
}

TEST_CASE("each file is proto3 and its package is its folder") {
  for (const auto& name : proto_files()) {
    INFO(name);
    const auto& file = compiled(name);
    CHECK(file.syntax() == pb::FileDescriptor::SYNTAX_PROTO3);
    auto folder = name.substr(0, name.rfind('/'));
    std::replace(folder.begin(), folder.end(), '/', '.');
    CHECK(file.package() == folder);
  }
}

TEST_CASE("a file imports only files of the contract and of protobuf itself") {
  const auto files = files_of(rows_of_tables());
  for (const auto& name : proto_files()) {
    const auto& file = compiled(name);
    for (int i = 0; i < file.dependency_count(); ++i) {
      const auto& import = file.dependency(i)->name();
      INFO(name << " imports " << import);
      CHECK((files.count(import) != 0 || import.compare(0, 16, "google/protobuf/") == 0));
    }
  }
}

TEST_CASE("the numbers that Flyte gave up stay reserved, and no others are") {
  const std::map<std::string, std::set<std::string>> expected = {
      {"flyteidl2.core.ArtifactBindingData", {"1 to 4"}},
      {"flyteidl2.core.Literal", {"6", "7"}},
      {"flyteidl2.core.TaskMetadata", {"10"}},
      {"flyteidl2.task.TaskTriggersSummary", {"1"}},
      {"flyteidl2.workflow.ConditionAction", {"2 to 4"}},
      {"flyteidl2.workflow.ConditionActionMetadata", {"2 to 4"}},
      {"flyteidl2.workflow.ListRunsRequest", {"3", "5"}},
  };
  std::map<std::string, std::set<std::string>> found;
  for (const auto& name : proto_files()) {
    const auto& file = compiled(name);
    for (int i = 0; i < file.message_type_count(); ++i) add_reserved(*file.message_type(i), found);
  }
  CHECK(found == expected);
}

TEST_CASE("each service of the tables has its gRPC stub") {
  const auto channel = grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials());  // nobody calls
  const std::set<std::string> stubs = {
      name_with_stub<flyteidl::service::AdminService>(channel),
      name_with_stub<flyteidl::service::AuthMetadataService>(channel),
      name_with_stub<flyteidl::service::IdentityService>(channel),
      name_with_stub<flyteidl2::auth::AuthMetadataService>(channel),
      name_with_stub<flyteidl2::auth::IdentityService>(channel),
      name_with_stub<flyteidl2::cluster::ClusterService>(channel),
      name_with_stub<flyteidl2::dataproxy::DataProxyService>(channel),
      name_with_stub<flyteidl2::project::ProjectService>(channel),
      name_with_stub<flyteidl2::secret::SecretService>(channel),
      name_with_stub<flyteidl2::task::TaskService>(channel),
      name_with_stub<flyteidl2::workflow::RunLogsService>(channel),
      name_with_stub<flyteidl2::workflow::RunService>(channel),
  };
  std::set<std::string> services;
  for (const auto& row : rows_of_tables()) {
    const auto columns = columns_of(row);
    if (columns.at(0) == "rpc") services.insert(columns.at(2).substr(0, columns.at(2).find('/')));
  }
  CHECK(stubs == services);
}
