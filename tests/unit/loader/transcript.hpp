// Transcript: a conversation of authhost.exec/1 that is promised to go on as it is written: lines "host {…}" and "plugin {…}".
#pragma once

#include <nlohmann/json.hpp>

#include <fstream>
#include <string>
#include <vector>

namespace authhost::test {

struct Line {
  bool host = false;
  nlohmann::json frame;
};

inline std::vector<Line> read_transcript(const std::string& path) {
  std::vector<Line> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = line.find(' ');
    lines.push_back({line.substr(0, space) == "host", nlohmann::json::parse(line.substr(space + 1))});
  }
  return lines;
}

// What differs from run to run.
inline nlohmann::json settled(nlohmann::json frame) {
  frame.erase("deadline_ms");
  return frame;
}

}  // namespace authhost::test
