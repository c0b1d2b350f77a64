// Who an ID token speaks of, for display only: nothing is decided by it.
#pragma once

#include <string>
#include <string_view>

namespace authhost::cli {

// "Ada Lovelace <ada@example.com>", or one of name, e-mail, user name, subject; "" if the token says none of them. Safe to
// show. The signature is not looked at here: the session has checked it where it matters.
std::string person_of(std::string_view id_token);

}  // namespace authhost::cli
