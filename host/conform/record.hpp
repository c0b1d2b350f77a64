// Record: what a plugin did during one call, as raw as the host heard it: nothing redacted, nothing corrected.
#pragma once

#include <authhost/abi.h>
#include <authhost/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace authhost::conform {

struct Emission {
  std::string access_token;
  std::string token_type;
  std::string refresh_token;
  std::string id_token;
  std::int64_t expires_in_s = -1;
  std::int64_t expires_at_ms = -1;
  std::vector<std::string> scopes;
  bool taken = false;  // the host took it
};

struct Record {
  std::vector<Emission> emissions;
  std::vector<Error> errors;          // what it said with set_error, or in an error frame
  std::vector<std::string> log;       // its log lines
  std::vector<std::string> settings;  // it asked for
  std::vector<std::string> services;  // it asked for
  std::vector<std::string> strays;    // uses of the call from another thread, or after its end
  std::vector<std::string> sizes;     // structs whose size it did not set
  std::vector<std::string> frames;    // lines of an exec plugin
  std::optional<std::int32_t> status; // it returned, or its last frame meant; none: it gave no answer
  std::string status_word;            // of an error frame
  bool explained = false;             // the error of the call has a message
  bool threw = false;
};

// Where the calls that this thread makes are written down; null: nowhere.
void record_here(Record* record);
Record* recording();

// A line that an exec plugin wrote, or logged.
void record_frame(Record& record, std::string_view line);

}  // namespace authhost::conform
