#include "conform/record.hpp"

#include "core/plugins/exec/frame.hpp"

#include <utility>

namespace authhost::conform {

namespace {

thread_local Record* here = nullptr;

}  // namespace

void record_here(Record* record) { here = record; }
Record* recording() { return here; }

void record_frame(Record& record, std::string_view line) {
  using plugins::exec::Fields;
  record.frames.emplace_back(line);
  auto frame = plugins::exec::read_frame(line);
  if (!frame) return;
  Fields fields(frame->body());
  if (frame->type() == "call") record.services.push_back(fields.text("service"));
  if (frame->type() == "done") record.status = AUTHHOST_OK;
  if (frame->type() == "error" && !record.status) {
    record.status_word = fields.text("status");
    const auto status = plugins::exec::status_of_word(record.status_word);
    record.status = status ? static_cast<std::int32_t>(*status) : -1;
    record.errors.push_back({status.value_or(Status::internal), fields.text("message"), fields.text("hint")});
    record.explained = !record.errors.back().message.empty();
  }
  if (frame->type() == "credentials") {
    record.status = AUTHHOST_OK;
    Emission out;
    out.access_token = fields.text("access_token");
    out.token_type = fields.text("token_type");
    out.refresh_token = fields.text("refresh_token");
    out.id_token = fields.text("id_token");
    out.expires_in_s = fields.integer("expires_in", -1);
    out.expires_at_ms = fields.integer("expires_at_ms", -1);
    out.scopes = fields.texts("scopes");
    record.emissions.push_back(std::move(out));
  }
}

}  // namespace authhost::conform
