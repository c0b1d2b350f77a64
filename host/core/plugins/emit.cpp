#include "core/plugins/emit.hpp"

#include "core/plugins/call_state.hpp"
#include "core/services/crypto.hpp"
#include "core/services/json.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace authhost::plugins {
namespace {

using std::chrono::seconds;

constexpr seconds kDefaultLife{300};
constexpr seconds kMaxLife{AUTHHOST_MAX_LIFE_S};

Error wrong(std::string message) {
  return Error{Status::protocol, std::move(message), "the authorization server or the plugin is at fault, not your login"};
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

// O35: before a token meets a header, a file or a form, it has to be what RFC 6749, appendix A allows, without the space.
Result<void> check_token(std::string_view what, std::string_view token) {
  if (token.size() > AUTHHOST_MAX_TOKEN) return wrong(std::string(what) + " is over 64 KiB");
  if (!is_visible_ascii(token)) return wrong(std::string(what) + " holds characters that a token cannot have");
  return {};
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y); });
}

// `exp` of a JWT (RFC 7519, section 4.1.4), unverified: a hint when to refresh, not a proof of anything.
std::optional<std::int64_t> jwt_expiry(std::string_view token) {
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  const auto payload = crypto::base64_decode(token.substr(first + 1, second - first - 1), crypto::Alphabet::url_unpadded);
  if (!payload) return std::nullopt;
  auto claims = parse_json(payload->reveal());
  if (!claims) return std::nullopt;
  std::optional<std::int64_t> expiry;
  if (claims->is_object()) {
    if (const auto exp = claims->find("exp"); exp != claims->end() && exp->is_number()) {
      const double value = exp->get<double>();
      if (std::isfinite(value) && value > 0 && value < 1e11) expiry = static_cast<std::int64_t>(value);
    }
  }
  wipe_json(*claims);
  return expiry;
}

}  // namespace

Result<Credentials> check_emitted(const authhost_credentials& raw, const EmissionPlace& place) {
  const auto token = view(raw.access_token);
  if (token.empty()) return wrong("there is no access token in the answer");
  AUTHHOST_CHECK(check_token("the access token", token));
  AUTHHOST_CHECK(check_token("the refresh token", view(raw.refresh_token)));
  AUTHHOST_CHECK(check_token("the id token", view(raw.id_token)));

  // O31: RFC 6749, section 7.1: a client must not use a token whose type it does not understand.
  const auto type = view(raw.token_type);
  if (!type.empty() && !same_word(type, "bearer")) {
    return wrong("the token type \"" + safe_text(type, 32) + "\" is not understood");
  }
  if (raw.n_scopes > AUTHHOST_MAX_SCOPES || (raw.n_scopes > 0 && raw.scopes == nullptr)) return wrong("the list of scopes is not usable");

  Credentials out;
  for (std::size_t i = 0; i < raw.n_scopes; ++i) {
    const auto scope = view(raw.scopes[i]);
    if (scope.empty() || scope.size() > AUTHHOST_MAX_SCOPE || !is_visible_ascii(scope)) return wrong("a granted scope is not a scope token");
    out.scopes.emplace_back(scope);
  }

  const WallTime now = place.now;
  if (raw.expires_in_s != -1) {
    if (raw.expires_in_s <= 0) return wrong("the token's lifetime is not a positive number");  // O33
    out.expires_in = std::min(seconds{raw.expires_in_s}, kMaxLife);
    out.expires_at = now + *out.expires_in;
  } else if (raw.expires_at_ms != -1) {
    if (raw.expires_at_ms <= 0) return wrong("the token's expiry is not a date");
    const auto latest = std::chrono::floor<Milliseconds>((now + kMaxLife).time_since_epoch());
    out.expires_at = WallTime(std::min(Milliseconds{raw.expires_at_ms}, latest));
  } else if (const auto expiry = jwt_expiry(token)) {
    // By the server's clock where it is known (O70): what counts is how long the token lives, not what our clock says.
    const auto server_now = std::chrono::floor<seconds>(place.server_date.value_or(now).time_since_epoch());
    out.expires_at = std::chrono::floor<seconds>(now) + std::min(seconds{*expiry} - server_now, kMaxLife);
  } else {
    out.expires_at = now + kDefaultLife;  // O34
  }

  out.access_token = Secret(token);
  out.refresh_token = Secret(view(raw.refresh_token));
  out.id_token = Secret(view(raw.id_token));
  out.token_type = "Bearer";
  out.for_endpoint = place.endpoint;
  out.id = crypto::md5_hex(token);
  return out;
}

}  // namespace authhost::plugins
