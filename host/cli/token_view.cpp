#include "token_view.hpp"

namespace authhost::cli {

Secret token_text(const TokenView& token, Output output) {
  Secret text;
  if (output == Output::text) {
    text.append(token.access_token);
    text.append("\n");
    return text;
  }
  // An access token is visible ASCII (O35), but `"` and `\` are visible too.
  text.append("{\"access_token\":");
  text.append(Secret::take(json_string(token.access_token)).reveal());
  text.append(",\"token_type\":" + json_string(token.token_type));
  text.append(",\"expires_at\":" + (token.expires_at_ms ? json_string(rfc3339(*token.expires_at_ms)) : "null"));
  text.append(",\"header_key\":" + json_string(token.header_key));
  std::string scopes;
  for (const auto& scope : *token.scopes) scopes += (scopes.empty() ? "" : ",") + json_string(scope);
  text.append(",\"scopes\":[" + scopes + "]");
  text.append(",\"id\":" + json_string(token.id) + "}\n");
  return text;
}

Secret header_text(const TokenView& token, Output output) {
  Secret value;
  value.append("Bearer ");  // RFC 6750, section 2.1: the scheme, whatever case the server wrote its token_type in
  value.append(token.access_token);
  Secret text;
  if (output == Output::text) {
    text.append(token.header_key);
    text.append(": ");
    text.append(value.reveal());
    text.append("\n");
    return text;
  }
  text.append("{\"header_key\":" + json_string(token.header_key) + ",\"value\":");
  text.append(Secret::take(json_string(value.reveal())).reveal());
  text.append(",\"id\":" + json_string(token.id) + "}\n");
  return text;
}

}  // namespace authhost::cli
