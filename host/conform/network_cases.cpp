// Network: servers that are down, broken or strange. The plugin may fail, but must end.
#include "conform/ways.hpp"

#include <authhost/services.h>

namespace authhost::conform {

namespace {

constexpr const char* kNoRequest = "it sends no request";

Verdict answered(Bench& bench, Result<HttpResponse> (*answer)(const HttpRequest&)) {
  if (!bench.needs(AUTHHOST_SERVICE_HTTP)) return skip(kNoRequest);
  bool asked = false;
  auto verdict = survives(bench, [&](World& world) {
    world.http = [&asked, answer](const HttpRequest& request) {
      asked = true;
      return answer(request);
    };
  });
  return asked || verdict.finding == Finding::fail ? verdict : skip(kNoRequest);
}

Verdict unavailable(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> { return Error{Status::unavailable, "connection refused", "try again"}; });
}
Verdict error_500(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> { return http_answer(500, R"({"error":"server_error"})"); });
}
Verdict html(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> { return http_answer(200, "<html><h1>Log in to the Wi-Fi</h1>", "text/html"); });
}
Verdict garbage(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> { return http_answer(200, "{\"access_token\":\"t\",,\xFF\xFE]"); });
}
Verdict empty(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> { return http_answer(200, ""); });
}
Verdict huge(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> {
    return http_answer(200, R"({"access_token":")" + std::string(900'000, 'a') + R"(","token_type":"Bearer"})");
  });
}
Verdict odd_types(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> {
    return http_answer(200, R"({"access_token":["t"],"token":{},"token_type":7,"expires_in":"soon","ttl":-1e300,"refresh_token":null,
      "device_code":1,"user_code":false,"interval":-5,"verification_uri":[]})");
  });
}
Verdict deep(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> {
    return http_answer(200, std::string(20'000, '[') + std::string(20'000, ']'));
  });
}
Verdict refused(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> { return http_answer(400, R"({"error":"invalid_grant"})"); });
}
Verdict redirected(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> {
    auto out = http_answer(302, "");
    out.headers.push_back({"location", "https://elsewhere.conform.example/"});
    return out;
  });
}
// A server that wants to be left alone, and says so for ever.
Verdict busy(Bench& bench) {
  return answered(bench, [](const HttpRequest&) -> Result<HttpResponse> {
    auto out = http_answer(429, R"({"error":"slow_down"})");
    out.retry_after = Milliseconds{2'000};
    return out;
  });
}

Verdict does_not_hammer(Bench& bench) {
  if (!bench.needs(AUTHHOST_SERVICE_HTTP)) return skip(kNoRequest);
  constexpr int kMost = 20;
  World world;
  world.http = [](const HttpRequest&) -> Result<HttpResponse> { return http_answer(503, "{}"); };
  static_cast<void>(bench.once(world));
  const int sent = world.steps_of[Step::http];
  return sent <= kMost ? pass() : fail("it sent " + std::to_string(sent) + " requests in one call");
}

Verdict odd_output(Bench& bench) {
  if (!bench.needs(AUTHHOST_SERVICE_PROCESS)) return skip("it runs no program");
  bool ran = false;
  for (const std::string& output : {std::string("\n"), std::string("\xFF\xFE\x00 two words\n", 14), std::string(900'000, 'x'), std::string("{\"token\":")}) {
    World world;
    world.output = output;
    const auto odd = oddness(bench.once(world));
    if (!odd.empty()) return fail(odd);
    ran = ran || world.steps_of.count(Step::process) != 0;
  }
  return ran ? pass() : skip("it ran no program");
}

}  // namespace

std::vector<Case> network_cases() {
  const char* const promise = "It ends well or with an error.";
  return {
      {"http-unavailable", "R23", promise, For::both, nullptr, unavailable},
      {"http-500", "R23", promise, For::both, nullptr, error_500},
      {"http-html", "R23", promise, For::both, nullptr, html},
      {"http-garbage-json", "R23", promise, For::both, nullptr, garbage},
      {"http-empty", "R23", promise, For::both, nullptr, empty},
      {"http-huge", "R23", promise, For::both, nullptr, huge},
      {"http-odd-types", "R23", promise, For::both, nullptr, odd_types},
      {"http-deep-json", "R23", promise, For::both, nullptr, deep},
      {"http-refused", "R23", promise, For::both, nullptr, refused},
      {"http-redirected", "R23", promise, For::both, nullptr, redirected},
      {"http-busy", "R23", promise, For::both, nullptr, busy},
      {"does-not-hammer", "R23", "A server in trouble gets at most 20 requests in a call.", For::both, nullptr, does_not_hammer},
      {"odd-output-survived", "R23", "It takes any output of a program.", For::both, nullptr, odd_output},
  };
}

}  // namespace authhost::conform
