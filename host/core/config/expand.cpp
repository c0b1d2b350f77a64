#include "core/config/expand.hpp"

#include "core/config/header_key.hpp"

#include "core/config/endpoint.hpp"
#include "core/config/paths.hpp"
#include "core/config/slots.hpp"
#include "core/config/trusted_file.hpp"

#include <authhost/secret.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace authhost::config {
namespace {

constexpr std::string_view kEnv = "${env:";
constexpr std::string_view kFile = "${file:";
constexpr std::size_t kReferencedFileLimit = 64 * 1024;

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }
bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() >= suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

Result<std::string> variable(std::string_view name, const Source& source) {
  const std::string text(name);
  const char* value = text.empty() ? nullptr : ::secure_getenv(text.c_str());
  if (value == nullptr) {
    return config_error(source, "the environment variable " + text + " is not set",
                        "set " + text + ", or write the value itself");
  }
  return std::string(value);
}

Result<std::string> file_content(std::string_view name, const Source& source) {
  AUTHHOST_TRY(path, absolute_path(name, source));
  auto content = read_plain_file(path, kReferencedFileLimit);
  if (!content) return config_error(source, content.error().message, content.error().hint);
  if (!content->empty() && content->back() == '\n') content->pop_back();
  if (!content->empty() && content->back() == '\r') content->pop_back();
  if (content->find('\0') != std::string::npos) {
    wipe(*content);
    return config_error(source, path + ": contains a NUL byte", "name a text file");
  }
  return content;
}

Result<void> expand_in_place(std::string& text, const Source& source, bool* from_file = nullptr) {
  // A program says what it means; text that it got from elsewhere must not read files.
  if (source.layer == Layer::program || !has_reference(text)) return {};
  AUTHHOST_TRY(expanded, expand(text, source));
  if (from_file != nullptr) *from_file = *from_file || expanded.from_file;
  text = std::move(expanded.text);
  return {};
}

Result<void> expand_setting(const std::string& name, SettingValue& setting) {
  setting.sensitive = setting.sensitive || names_secret(name);
  if (auto* text = std::get_if<std::string>(&setting.value)) {
    AUTHHOST_CHECK(expand_in_place(*text, setting.source, &setting.sensitive));
    if (ends_with(name, "_file") && !text->empty()) {
      AUTHHOST_TRY(path, absolute_path(*text, setting.source));
      *text = std::move(path);
    }
  }
  if (auto* list = std::get_if<std::vector<std::string>>(&setting.value)) {
    for (auto& item : *list) AUTHHOST_CHECK(expand_in_place(item, setting.source, &setting.sensitive));
  }
  return {};
}

const Source& source_of(const Profile& profile, const std::string& name) {
  static const Source builtin;
  const auto found = profile.sources.find(name);
  return found == profile.sources.end() ? builtin : found->second;
}

Result<void> check_header_key(Profile& profile) {
  std::string& key = profile.client.header_key;
  key = header_key_of(key);
  if (key.empty() || is_header_key(key)) return {};
  return config_error(source_of(profile, "client.header_key"), "`header_key` is not a header's name",
                      "use letters, digits and '-', as in \"authorization\", and no name that HTTP or gRPC use for something else");
}

}  // namespace

Error config_error(const Source& source, std::string_view message, std::string hint) {
  return {Status::invalid_config, source.text() + ": " + std::string(message), std::move(hint)};
}

bool has_reference(std::string_view text) {
  return text.find(kEnv) != std::string_view::npos || text.find(kFile) != std::string_view::npos;
}

Result<std::string> absolute_path(std::string_view path, const Source& source) {
  if (starts_with(path, "~/") || path == "~") {
    AUTHHOST_TRY(folder, paths::home());
    return folder + std::string(path.substr(1));
  }
  if (starts_with(path, "/")) return std::string(path);
  while (starts_with(path, "./")) path.remove_prefix(2);
  const auto slash = source.line > 0 ? source.file.rfind('/') : std::string::npos;
  std::string folder;
  if (slash != std::string::npos) {
    folder = source.file.substr(0, slash);
  } else {
    std::array<char, 4096> buffer{};
    if (::getcwd(buffer.data(), buffer.size()) == nullptr) {
      return config_error(source, std::string("the working directory is not usable: ") + std::strerror(errno),
                          "use an absolute path");
    }
    folder = buffer.data();
  }
  if (path.empty()) return folder;
  return (folder == "/" ? "" : folder) + "/" + std::string(path);
}

Result<Expanded> expand(std::string_view text, const Source& source) {
  Expanded out;
  while (!text.empty()) {
    const auto dollar = text.find('$');
    out.text += text.substr(0, dollar);
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar);
    if (starts_with(text, "$$") && (starts_with(text.substr(1), kEnv) || starts_with(text.substr(1), kFile))) {
      out.text += "${";
      text.remove_prefix(3);
      continue;
    }
    const bool env = starts_with(text, kEnv);
    if (!env && !starts_with(text, kFile)) {
      out.text += '$';
      text.remove_prefix(1);
      continue;
    }
    const auto close = text.find('}');
    const std::size_t begin = env ? kEnv.size() : kFile.size();
    if (close == std::string_view::npos) {
      return config_error(source, std::string(text.substr(0, begin)) + " has no closing }",
                          "write ${env:NAME} or ${file:PATH}");
    }
    const std::string_view name = text.substr(begin, close - begin);
    if (name.empty())
      return config_error(source, std::string(text.substr(0, begin)) + "} names nothing",
                          "write ${env:NAME} or ${file:PATH}");
    AUTHHOST_TRY(value, env ? variable(name, source) : file_content(name, source));
    out.text += value;
    if (!env) {
      out.from_file = true;
      wipe(value);
    }
    text.remove_prefix(close + 1);
  }
  return out;
}

bool names_secret(std::string_view setting) {
  std::string name;
  for (const char c : setting) name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  // Where a secret is, or what it is like, is none.
  for (const std::string_view tail :
       {"_env", "_file", "_command", "_endpoint", "_url", "_uri", "_type", "_timeout", "_ttl"}) {
    if (ends_with(name, tail)) return false;
  }
  for (const std::string_view part :
       {"secret", "token", "password", "passwd", "passphrase", "api_key", "apikey", "private_key"}) {
    if (name.find(part) != std::string::npos) return true;
  }
  return false;
}

Result<void> expand_profile(Profile& profile) {
  Result<void> outcome;
  for (const auto& key : keys()) {
    const Source& source = source_of(profile, slot_name(key));
    if (source.layer == Layer::builtin) continue;
    with_slot(profile, key, [&](auto& member) {
      using T = std::decay_t<decltype(member)>;
      if (!outcome) return;
      if constexpr (std::is_same_v<T, std::string>) {
        outcome = expand_in_place(member, source);
        if (outcome && key.type == Type::path && !member.empty()) {
          auto path = absolute_path(member, source);
          if (path)
            member = *std::move(path);
          else
            outcome = std::move(path).error();
        }
      } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
        for (auto& item : member) {
          if (outcome) outcome = expand_in_place(item, source);
        }
      }
    });
    if (!outcome) return outcome;
  }
  for (auto& [name, setting] : profile.settings) AUTHHOST_CHECK(expand_setting(name, setting));
  return {};
}

Result<void> check_profile(Profile& profile) {
  if (profile.endpoint.empty()) {
    const std::string who = profile.name.empty() ? "the session" : "profile `" + profile.name + "`";
    const std::string where = profile.source.line > 0 ? profile.source.text() + ": " : "";
    return Error{Status::invalid_config, where + who + " has no endpoint",
                 "set endpoint = \"host:port\" of the service the tokens are for"};
  }
  if (auto endpoint = parse_endpoint(profile.endpoint, profile.insecure); !endpoint) {
    return config_error(source_of(profile, "endpoint"), endpoint.error().message, endpoint.error().hint);
  }
  if (profile.discovery == Discovery::oidc && profile.issuer.empty()) {
    return config_error(source_of(profile, "discovery"), "discovery = \"oidc\" needs an issuer",
                        "set issuer = \"https://…\" beside it");
  }
  if (profile.refresh_timeout.count() <= 0) {
    return config_error(source_of(profile, "refresh_timeout"), "`refresh_timeout` must be longer than zero",
                        "write \"60s\"");
  }
  if (!profile.ca_cert_file.empty() && ::access(profile.ca_cert_file.c_str(), R_OK) != 0) {
    return config_error(source_of(profile, "ca_cert_file"),
                        "`ca_cert_file` " + profile.ca_cert_file + ": " + std::strerror(errno),
                        source_of(profile, "ca_cert_file").line > 0 ? "name a readable PEM file; a relative path starts at the file that says it"
                                                                              : "name a readable PEM file");
  }
  if (!profile.http_proxy.empty()) {
    auto proxy = parse_proxy(profile.http_proxy);
    if (!proxy) return config_error(source_of(profile, "http_proxy"), proxy.error().message, proxy.error().hint);
    profile.http_proxy = *std::move(proxy);
  }
  profile.client.issuer = profile.issuer;
  return check_header_key(profile);
}

}  // namespace authhost::config
