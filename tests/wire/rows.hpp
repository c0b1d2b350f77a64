// The wire contract as rows of text: kind, file, name, number or input, type or output, label.
#pragma once

#include <string>
#include <vector>

namespace google::protobuf {
class FileDescriptor;
}

namespace authhost::test {

// A row's columns, joined by tabs as in the tables.
using Rows = std::vector<std::string>;

// The rows of tests/wire/*.tsv, sorted.
Rows rows_of_tables();

// Each file below proto/, as it names itself to an import, sorted.
std::vector<std::string> proto_files();

// What the file declares, as the tables would say it; in no order.
Rows rows_of(const google::protobuf::FileDescriptor& file);

std::vector<std::string> columns_of(const std::string& row);

}  // namespace authhost::test
