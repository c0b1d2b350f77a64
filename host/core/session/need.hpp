// Need: what a caller wants of credentials. The one question that is asked of the snapshot, of the store after the lock, and
// of what a flight brought back.
#pragma once

#include "core/services/call.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace authhost {

// What is known of credentials that might do.
struct Offer {
  std::string_view id;
  WallTime obtained_at{};
  Milliseconds left{0};      // of its life
  Milliseconds lifetime{0};  // in all
  bool refresh_due = false;  // past the point of refreshing ahead
  bool login_due = false;    // the grant behind it was refused
};

struct Need {
  WallTime started{};                       // when the caller came: what is newer was got while it waited
  Milliseconds min_ttl{0};
  std::string rejected_id;                  // "": none was rejected
  bool forced = false;                      // only what was got while the caller waited will do
  bool ahead = true;                        // whether a refresh that is due should be done now
  bool login = false;                       // forced login: a refresh token will not do
  bool lasting = false;                     // a person logs in: what lives out its last minutes will not do

  // Good enough to be used as it is.
  [[nodiscard]] bool met_by(const Offer& offer) const {
    return usable(offer) && !(ahead && offer.refresh_due);
  }

  // Good enough to fall back on when a refresh that was due, but not pressing, failed.
  [[nodiscard]] bool usable(const Offer& offer) const {
    if (offer.id.empty() || offer.id == rejected_id) return false;
    if (lasting && offer.login_due) return false;
    if (forced && offer.obtained_at < started) return false;
    // A token must survive the way to the server: ten seconds, but not a large part of a short life.
    const Milliseconds margin = std::clamp<Milliseconds>(offer.lifetime / 10, Milliseconds{0}, std::chrono::seconds{10});
    // One got while the caller waited is as long-lived as the server makes them.
    return offer.left > (offer.obtained_at >= started ? margin : std::max(min_ttl, margin));
  }
};

}  // namespace authhost
