#include "person.hpp"

#include "core/services/crypto.hpp"
#include "core/services/json.hpp"
#include "core/services/redact.hpp"

namespace authhost::cli {

std::string person_of(std::string_view id_token) {
  const auto first = id_token.find('.');
  const auto second = id_token.find('.', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return {};
  const auto payload =
      crypto::base64_decode(id_token.substr(first + 1, second - first - 1), crypto::Alphabet::url_unpadded);
  if (!payload) return {};
  const auto claims = parse_json(payload->reveal());
  if (!claims || !claims->is_object()) return {};
  const auto text = [&](const char* name) {
    const auto claim = claims->find(name);
    return claim != claims->end() && claim->is_string() ? safe_text(claim->get<std::string>(), 128) : std::string();
  };
  const auto name = text("name");
  const auto email = text("email");
  if (!name.empty() && !email.empty()) return name + " <" + email + ">";
  if (!name.empty() || !email.empty()) return name + email;
  const auto user = text("preferred_username");
  return user.empty() ? text("sub") : user;
}

}  // namespace authhost::cli
