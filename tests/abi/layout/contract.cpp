#include "contract.hpp"

namespace authhost::test {
namespace {

constexpr const char* kOnlyAppends = "; a minor version only appends, and any other change is a new major with a new symbol";

std::string at(std::size_t byte) { return "byte " + std::to_string(byte); }

void judge_struct(const Struct& before, const Struct& now, Verdict& verdict) {
  const auto broken = [&](const std::string& rule, const std::string& what) {
    verdict.broken.push_back(rule + ": " + before.name + what);
  };
  for (std::size_t i = 0; i < before.members.size(); ++i) {
    const auto& old = before.members[i];
    const auto* member = now.find(old.name);
    if (member == nullptr) {
      broken("R7", "::" + old.name + " is gone" + kOnlyAppends);
    } else if (member->offset != old.offset) {
      broken("R7", "::" + old.name + " moved from " + at(old.offset) + " to " + at(member->offset) + ": a new member goes to the end");
    } else if (member->type != old.type || member->size != old.size) {
      broken("R7", "::" + old.name + " was " + old.type + " of " + std::to_string(old.size) + " bytes and is " + member->type + " of " +
                       std::to_string(member->size) + kOnlyAppends);
    }
  }
  if (now.size < before.size) broken("R6", " became smaller: readers trust the size that older writers wrote");
  for (const auto& member : now.members) {
    if (before.find(member.name) != nullptr) continue;
    if (!before.sized()) {
      broken("R6", "::" + member.name + " is new, and the struct does not begin with a size, so it can never grow");
    } else if (member.offset < before.size) {
      broken("R6", "::" + member.name + " is new and lies at " + at(member.offset) + ", below the " + std::to_string(before.size) +
                       " bytes that an older writer's size covers: a reader would take its padding for a value");
    } else {
      verdict.appended.push_back(before.name + "::" + member.name);
    }
  }
  if (before.sized() || now.size == before.size) return;
  broken("R6", " changed its size, and does not begin with one");
}

using Names = std::map<std::string, std::string>;

void judge_names(const Names& before, const Names& now, const std::string& kind, Verdict& verdict) {
  for (const auto& [name, value] : before) {
    const auto found = now.find(name);
    if (found == now.end()) {
      verdict.broken.push_back("R7: " + kind + name + " is gone" + kOnlyAppends);
      continue;
    }
    const auto changed = " was " + value + " and is " + found->second;
    if (found->second == value) continue;
    if (name == "AUTHHOST_ABI_MINOR") {
      if (std::stoul(found->second) < std::stoul(value)) verdict.broken.push_back("R7: " + name + changed + ": it only grows");
    } else if (name == "AUTHHOST_ABI_MAJOR") {
      verdict.broken.push_back("R7: " + name + changed + ": a new major is a new symbol, beside the old one");
    } else if (name.rfind("AUTHHOST_SERVICE_", 0) == 0 || name.rfind("AUTHHOST_EXT_", 0) == 0) {
      verdict.broken.push_back("R9: " + name + changed + ": another revision is another name, beside the old one");
    } else if (name.rfind("AUTHHOST_HAS_FIELD", 0) == 0) {
      verdict.broken.push_back("R6: " + name + changed + ": it is how a reader knows what a writer knew");
    } else if (kind == "symbol ") {
      verdict.broken.push_back("R1: " + name + changed);
    } else {
      verdict.broken.push_back("R7: " + kind + name + changed + kOnlyAppends);
    }
  }
  for (const auto& [name, value] : now) {
    if (before.find(name) == before.end()) verdict.appended.push_back(kind + name);
  }
}

}  // namespace

Verdict judge(const Surface& before, const Surface& now) {
  Verdict verdict;
  for (const auto& old : before.structs) {
    const auto* item = now.find(old.name);
    if (item == nullptr) verdict.broken.push_back("R7: struct " + old.name + " is gone" + kOnlyAppends);
    else judge_struct(old, *item, verdict);
  }
  for (const auto& item : now.structs) {
    if (before.find(item.name) == nullptr) verdict.appended.push_back("struct " + item.name);
  }
  judge_names(before.enumerators, now.enumerators, "enumerator ", verdict);
  judge_names(before.macros, now.macros, "macro ", verdict);
  judge_names(before.types, now.types, "type ", verdict);
  judge_names(before.symbols, now.symbols, "symbol ", verdict);
  return verdict;
}

}  // namespace authhost::test
