// What the tests of the flows share: one provider that plays the hostile one, and what a failure has to look like.
#pragma once

#include "support/cli.hpp"
#include "support/demo_idp.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace authhost::test {

using Json = nlohmann::json;

// One provider for all tests of a program, reset before each.
const DemoIdp& provider();

ProfileText service_profile();  // client credentials of `demo-service`; the secret is expected in DEMO_SECRET
ProfileText device_profile();   // asks for `openid offline_access`
ProfileText code_profile();
inline const std::string kSecret = "DEMO_SECRET=demo-secret";

// Fails the test unless this is how an error looks: one line and a hint, short, without control or direction characters, and
// nothing on stdout. Returns the first line's text.
std::string failure_text(const Finished& finished);
// The same with the exit status that is expected, or one of several.
std::string failed(const Finished& finished, int status);
std::string failed(const Finished& finished, const std::vector<int>& statuses);

bool contains(std::string_view text, std::string_view part);

// A proper token answer, with members replaced or, where the patch says null, left out.
Json token_answer(const Json& patch = Json::object());

// Seconds from now to an RFC 3339 time as the command line prints it.
double seconds_until(const std::string& time);

// A program for BROWSER that keeps what it was given: its arguments, one a line, in `browser.args`, its environment in
// `browser.env`, its descriptors in `browser.fds`. It opens nothing.
std::string recording_browser(const TempHome& home);

// The last part of a name=value in a URL's query, decoded; "" if there is none.
std::string query_value(std::string_view url, std::string_view name);

}  // namespace authhost::test
