// Plays the plugin's part of a transcript, and ends with 1 where the host does not play its own.
#include "transcript.hpp"

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const auto& [host, frame] : authhost::test::read_transcript(argv[1])) {
    if (!host) {
      std::cout << frame.dump() << std::endl;
      continue;
    }
    std::string line;
    if (!std::getline(std::cin, line)) return 1;
    const auto said = authhost::test::settled(nlohmann::json::parse(line));
    if (said == frame) continue;
    std::cerr << "expected " << frame.dump() << ", the host said " << said.dump() << std::endl;
    return 1;
  }
}
