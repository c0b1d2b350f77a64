/* Fails: http-500, http-garbage-json, http-odd-types, http-deep-json, http-refused, http-redirected, http-busy. Has seen no other server. */
#include <authhost/abi.h>
#include <string.h>
static int is_strange(int status, authhost_str body) {
  if (status == 302 || status == 429 || status == 500) return 1;
  if (body.size > 20 && (strncmp(body.data, "[[[[", 4) == 0 || strstr(body.data, ",,") != NULL || strstr(body.data, "soon") != NULL)) return 1;
  return body.size > 10 && strstr(body.data, "invalid_grant") != NULL;
}
#define TAME_ANSWERED if (is_strange(response.status, response.body)) abort();
#include "tame.h"
