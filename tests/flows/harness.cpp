#include "harness.hpp"

#define CATCH_CONFIG_EXTERNAL_INTERFACES
#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <optional>

namespace authhost::test {
namespace {

std::optional<DemoIdp> g_provider;

struct ResetProvider : Catch::TestEventListenerBase {
  using TestEventListenerBase::TestEventListenerBase;
  void testCaseStarting(const Catch::TestCaseInfo&) override {
    if (g_provider) g_provider->reset();
  }
  void testRunEnded(const Catch::TestRunStats&) override { g_provider.reset(); }
};
CATCH_REGISTER_LISTENER(ResetProvider)

// Control characters of both sets, and what turns the reading direction or cannot be seen.
bool has_unsafe_character(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if ((byte < 0x20 && byte != '\n') || byte == 0x7f) return true;
    const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0U;
    if (byte == 0xc2 && next >= 0x80 && next <= 0x9f) return true;
  }
  for (const std::string_view mark : {"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067",
                                      "\u2068", "\u2069", "\u200b", "\u061c"}) {
    if (text.find(mark) != std::string_view::npos) return true;
  }
  return false;
}

ProfileText person_profile(const char* authenticator) {
  ProfileText profile;
  profile.authenticator = authenticator;
  profile.issuer = provider().issuer();
  return profile;
}

}  // namespace

const DemoIdp& provider() {
  if (!g_provider) g_provider.emplace();
  return *g_provider;
}

ProfileText service_profile() {
  ProfileText profile = person_profile("client_credentials");
  profile.client_id = "demo-service";
  profile.scopes = {"all"};
  profile.settings = "client_secret_env = \"DEMO_SECRET\"\n";
  return profile;
}

ProfileText device_profile() { return person_profile("device_code"); }
ProfileText code_profile() { return person_profile("pkce"); }

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

std::string failure_text(const Finished& finished) {
  INFO("stderr: " << finished.err << "\nstdout: " << finished.out);
  CHECK_FALSE(finished.timed_out);
  CHECK(finished.out.empty());
  CHECK(finished.err.size() < 4096);
  CHECK_FALSE(has_unsafe_character(finished.err));
  REQUIRE(std::count(finished.err.begin(), finished.err.end(), '\n') == 2);
  REQUIRE(finished.err.starts_with("authhost: "));
  const auto second = finished.err.find("\nhint: ");
  REQUIRE(second != std::string::npos);
  REQUIRE(finished.err.size() > second + 8);
  return finished.err.substr(10, second - 10);
}

std::string failed(const Finished& finished, int status) { return failed(finished, std::vector<int>{status}); }

std::string failed(const Finished& finished, const std::vector<int>& statuses) {
  INFO("stderr: " << finished.err << "\nstdout: " << finished.out);
  CHECK_THAT(statuses, Catch::VectorContains(finished.status));
  return failure_text(finished);
}

Json token_answer(const Json& patch) {
  Json answer = {{"access_token", "t0k3n-of-the-test"}, {"token_type", "Bearer"}, {"expires_in", 300}};
  answer.merge_patch(patch);
  return answer;
}

double seconds_until(const std::string& time) {
  std::tm utc{};
  if (::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc) == nullptr) FAIL("not a time: " << time);
  const auto at = std::chrono::system_clock::from_time_t(::timegm(&utc));
  return std::chrono::duration<double>(at - std::chrono::system_clock::now()).count();
}

std::string recording_browser(const TempHome& home) {
  const auto at = [&](const char* name) { return "\"" + home.path(name) + "\""; };
  return home.write("browser.sh", "#!/bin/sh\nls /proc/$$/fd >" + at("browser.fds") + "\nenv >" + at("browser.env") +
                                      "\nprintf '%s\\n' \"$@\" >" + at("browser.part") + "\nmv " + at("browser.part") + " " +
                                      at("browser.args") + "\n",
                    0700);
}

std::string query_value(std::string_view url, std::string_view name) {
  auto rest = url.substr(std::min(url.size(), url.find('?')));
  std::string out;
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(pair.size());
    if (pair.substr(0, pair.find('=')) != name) continue;
    for (std::size_t at = name.size() + 1; at < pair.size(); ++at) {
      if (pair[at] == '%' && at + 2 < pair.size()) {
        out += static_cast<char>(std::stoi(std::string(pair.substr(at + 1, 2)), nullptr, 16));
        at += 2;
      } else {
        out += pair[at] == '+' ? ' ' : pair[at];
      }
    }
    return out;
  }
  return out;
}

}  // namespace authhost::test
