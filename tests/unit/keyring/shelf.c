/* org.example.shelf: a credential store in C99, as a shared service would be one: every instance of this process sees the same shelf.
 * Versions are a counter; a lease ends with its time, and a fence that is not the greatest loses. Its location is its misbehaviour. */
#include <authhost/draft/credential_store.h>

#include <stdlib.h>
#include <string.h>

#define PLACES 64
#define ROOM 8192

static struct place {
  char key[129];
  char bytes[ROOM];
  size_t size;
  uint64_t version; /* 0: nothing is there */
  uint64_t fence;   /* the greatest that was given out */
  int64_t leased_until;
} shelf[PLACES];
static uint64_t writes;

static const authhost_store_host* the_host;

struct authhost_store_instance {
  char location[32];
  int out_of_reach; /* since a write met another one, where the location is "flaky" */
};

static authhost_str text(const char* c) {
  authhost_str out;
  out.data = c;
  out.size = strlen(c);
  return out;
}

static struct place* find(authhost_str key) {
  size_t i;
  for (i = 0; i < PLACES; ++i) {
    if (shelf[i].key[0] == '\0' && key.size < sizeof shelf[i].key) memcpy(shelf[i].key, key.data, key.size);
    if (strlen(shelf[i].key) == key.size && memcmp(shelf[i].key, key.data, key.size) == 0) return &shelf[i];
  }
  return NULL;
}

static authhost_status emit(authhost_store_call* call, int32_t what, const struct place* place) {
  authhost_store_answer answer;
  memset(&answer, 0, sizeof answer);
  answer.size = sizeof answer;
  answer.answer = what;
  if (place != NULL) {
    answer.version.data = (const char*)&place->version;
    answer.version.size = sizeof place->version;
    answer.bytes.data = place->bytes;
    answer.bytes.size = place->size;
    answer.fence = place->fence;
  }
  return the_host->emit(call, &answer);
}

static int as_expected(const struct place* place, const authhost_str* version, uint64_t fence) {
  if (fence != 0 && fence != place->fence) return 0; /* a late writer */
  if (version == NULL) return 1;
  if (version->size == 0) return place->version == 0;
  return version->size == sizeof place->version && memcmp(version->data, &place->version, version->size) == 0;
}

static authhost_status create(const authhost_store_host* host, authhost_store_call* call, authhost_str location,
                              authhost_store_instance** out) {
  authhost_store_instance* made;
  if (location.size == 6 && memcmp(location.data, "refuse", 6) == 0) {
    host->set_error(call, AUTHHOST_INVALID_CONFIG, text("no such shelf"), text("name another"));
    return AUTHHOST_INVALID_CONFIG;
  }
  made = (authhost_store_instance*)calloc(1, sizeof *made);
  if (made == NULL || location.size >= sizeof made->location) return AUTHHOST_INTERNAL;
  memcpy(made->location, location.data, location.size);
  the_host = host;
  *out = made;
  return AUTHHOST_OK;
}

static void destroy(authhost_store_instance* instance) { free(instance); }

static int is(const authhost_store_instance* instance, const char* location) { return strcmp(instance->location, location) == 0; }

static authhost_status get(authhost_store_instance* instance, authhost_store_call* call, authhost_str key) {
  const struct place* place = find(key);
  static const struct place odd = {"", "", 0, 0, 0, 0};
  authhost_store_answer answer;
  if (is(instance, "silent")) return AUTHHOST_OK;
  if (is(instance, "mute") || instance->out_of_reach) return AUTHHOST_UNAVAILABLE;
  if (is(instance, "unknown")) return 77;
  if (is(instance, "odd")) return emit(call, AUTHHOST_ANSWER_BUSY, &odd);
  if (is(instance, "huge") || is(instance, "small") || is(instance, "unversioned")) {
    memset(&answer, 0, sizeof answer);
    answer.size = is(instance, "small") ? 16 : sizeof answer;
    answer.answer = AUTHHOST_ANSWER_FOUND;
    answer.version = text("v");
    if (is(instance, "huge")) answer.bytes.size = (size_t)1 << 40; /* nobody reads them */
    if (is(instance, "unversioned")) answer.version.size = 0;
    the_host->emit(call, &answer);
    return AUTHHOST_OK;
  }
  if (place == NULL) return AUTHHOST_STORE_FAILED;
  return emit(call, place->version != 0 ? AUTHHOST_ANSWER_FOUND : AUTHHOST_ANSWER_NOTHING, place);
}

static authhost_status put_if(authhost_store_instance* instance, authhost_store_call* call, authhost_str key,
                              const authhost_str* version, authhost_str bytes, uint64_t fence) {
  struct place* place = find(key);
  if (is(instance, "leak")) {
    the_host->set_error(call, AUTHHOST_UNAVAILABLE, text("refused: access-token-1 and refresh-token-1"), text("not refresh-token-1"));
    return AUTHHOST_UNAVAILABLE;
  }
  if (place == NULL || bytes.size > ROOM) return AUTHHOST_STORE_FAILED;
  instance->out_of_reach = is(instance, "flaky") && !as_expected(place, version, fence);
  if (is(instance, "stubborn") || !as_expected(place, version, fence)) return emit(call, AUTHHOST_ANSWER_CHANGED, NULL);
  memcpy(place->bytes, bytes.data, bytes.size);
  place->size = bytes.size;
  place->version = ++writes;
  return emit(call, AUTHHOST_ANSWER_DONE, place);
}

static authhost_status drop_if(authhost_store_instance* instance, authhost_store_call* call, authhost_str key,
                               const authhost_str* version, uint64_t fence) {
  struct place* place = find(key);
  (void)instance;
  if (place == NULL) return AUTHHOST_STORE_FAILED;
  if (!as_expected(place, version, fence)) return emit(call, AUTHHOST_ANSWER_CHANGED, NULL);
  place->version = 0;
  place->size = 0;
  return emit(call, AUTHHOST_ANSWER_DONE, NULL);
}

static authhost_status lease(authhost_store_instance* instance, authhost_store_call* call, authhost_str key, int64_t for_ms) {
  struct place* place = find(key);
  const int64_t now = the_host->monotonic_ms(call);
  authhost_store_answer busy;
  if (is(instance, "no-leases")) return emit(call, AUTHHOST_ANSWER_NO_LEASES, NULL);
  if (place == NULL) return AUTHHOST_STORE_FAILED;
  if (place->leased_until > now) {
    memset(&busy, 0, sizeof busy);
    busy.size = sizeof busy;
    busy.answer = AUTHHOST_ANSWER_BUSY;
    busy.wait_ms = place->leased_until - now;
    return the_host->emit(call, &busy);
  }
  place->leased_until = now + for_ms;
  ++place->fence;
  return emit(call, AUTHHOST_ANSWER_LEASED, place);
}

static authhost_status release(authhost_store_instance* instance, authhost_store_call* call, authhost_str key, uint64_t fence) {
  struct place* place = find(key);
  (void)instance;
  if (place != NULL && place->fence == fence) place->leased_until = 0;
  return emit(call, AUTHHOST_ANSWER_DONE, NULL);
}

const authhost_credential_store authhost_credential_store_draft = {sizeof(authhost_credential_store),
                                                                   AUTHHOST_CREDENTIAL_STORE_DRAFT,
                                                                   "org.example.shelf",
                                                                   "Shelf",
                                                                   "1.0.0",
                                                                   "Keeps credentials in memory",
                                                                   create,
                                                                   destroy,
                                                                   get,
                                                                   put_if,
                                                                   drop_if,
                                                                   lease,
                                                                   release,
                                                                   NULL};
