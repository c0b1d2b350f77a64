#include <authhost/testing.hpp>

#include <cstdio>
#include <string>

namespace {

bool all_well = true;
void check(bool holds, const char* what) {
  if (!holds) std::fprintf(stderr, "not so: %s\n", what);
  all_well = all_well && holds;
}

}  // namespace

int main() {
  using authhost::Status;
  authhost::testing::FakeHost host(authhost_plugin_v1);
  host.settings["portal"] = std::string("https://sso.example.com");
  host.settings["user"] = std::string("jo");
  host.prompt_answer = "pa ss";

  host.answer("{}").headers["set-cookie"] = "sid=c1; HttpOnly; Path=/";
  host.answer(R"({"token":"t1","seconds":60})");
  const auto first = host.refresh();
  check(first.ok() && first->access_token.reveal() == "t1", "a sign-on gives a token");
  check(host.requests.at(0).form["password"] == "pa ss", "with the password that the person typed");
  check(host.requests.at(1).headers["cookie"] == "sid=c1", "in exchange for its cookie");

  host.answer(R"({"token":"t2"})");
  const auto second = host.refresh(AUTHHOST_REASON_EXPIRED);
  check(second.ok() && second->access_token.reveal() == "t2" && host.requests.size() == 3, "the cookie serves again, without a password");

  host.may_interact = false;
  host.answer("{}", 401);
  check(host.refresh(AUTHHOST_REASON_EXPIRED).status() == Status::interaction_required, "once it is over, somebody has to sign in");

  host.settings["password"] = std::string("wrong");
  host.answer("{}", 403);
  check(host.refresh(AUTHHOST_REASON_LOGIN).status() == Status::denied, "a wrong password is denied");
  return all_well ? 0 : 1;
}
