// Provider: a fake authorization server that answers any token, device or revocation endpoint sensibly, whatever its address.
#pragma once

#include "core/services/http.hpp"

#include <string>
#include <vector>

namespace authhost::conform {

class Provider {
 public:
  // `tag` is a part of everything that is secret here.
  explicit Provider(std::string tag) : tag_(std::move(tag)) {}

  HttpResponse answer(const HttpRequest& request);
  // What a browser would come back with.
  [[nodiscard]] std::string code() const { return "conform-code-" + tag_; }

  bool gives_refresh_tokens = true;
  bool person_agrees = true;

 private:
  std::string tokens();

  std::string tag_;
  int issued_ = 0;
  int polls_ = 0;
};

HttpResponse http_answer(int status, std::string_view body, std::string_view content_type = "application/json");

}  // namespace authhost::conform
