/* Fails: cancelled-during-program, cancelled-before, cancelled-at-every-step, odd-output-survived, secret-not-shown.
 * Builds on a program: its token is an argument, its output has to be short. */
#include <authhost/abi.h>
#include <unistd.h>
static void build(authhost_call* call);
#define TAME_REFRESH build(call);
#define TAME_SERVICES AUTHHOST_SERVICE_HTTP, AUTHHOST_SERVICE_PROCESS
#include "tame.h"

static void build(authhost_call* call) {
  const void* table = NULL;
  authhost_setting_value token = {0};
  authhost_process_request request = {0};
  authhost_process_result result = {0};
  authhost_str argv[2] = {{"dam", 3}, {NULL, 0}};
  token.size = sizeof token;
  request.size = sizeof request;
  result.size = sizeof result;
  if (tame_host->get_setting(call, "token", &token) != AUTHHOST_OK) return;
  if (tame_host->get_service(call, AUTHHOST_SERVICE_PROCESS, &table) != AUTHHOST_OK || table == NULL) return;
  argv[1] = token.string;
  request.argv = argv;
  request.n_argv = 2;
  if (((const authhost_process_service*)table)->run(call, &request, &result) == AUTHHOST_CANCELLED) usleep(1200000);
  if (result.output.size > 500000) abort();
}
