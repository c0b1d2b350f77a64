/* tame_person.h: as tame.h, and asks a person once the token is there, where one may be asked. An animal defines TAME_ASKED: statements
 * that see the `status` and the `answer` of the question. */
static authhost_status tame_talk(authhost_call* call, const authhost_refresh* request);
#define TAME_SERVICES AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_PROMPT
#define TAME_CREDENTIALS \
  status = tame_talk(call, request); \
  if (status != AUTHHOST_OK) return status;
#include "tame.h"

static authhost_status tame_talk(authhost_call* call, const authhost_refresh* request) {
  static const char text[] = "Whose are you?";
  const void* table = NULL;
  authhost_str answer = {"", 0};
  authhost_str question;
  authhost_status status;
  question.data = text;
  question.size = sizeof text - 1;
  if (!request->may_interact || tame_host->get_service(call, AUTHHOST_SERVICE_PROMPT, &table) != AUTHHOST_OK || table == NULL) return AUTHHOST_OK;
  status = ((const authhost_prompt_service*)table)->ask(call, question, 0, &answer);
  TAME_ASKED
  return status;
}
