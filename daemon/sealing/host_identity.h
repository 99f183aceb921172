// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace guestkeyd {

struct KeyPair;

// Where this host's private key (mode 0600) and its certificate are, both in PEM. The pair that they replaced at the
// last rotation is beside the key, as NAME.previous.pem.
struct HostKeyFiles {
    std::filesystem::path key;
    std::filesystem::path certificate;
};

// What envelopes for this host are sealed to and opened with.
class HostIdentity {
  public:
    // The pair in these files; what of it is missing is made: all at first use, and the certificate for a key that a
    // crash left without. InvalidArgs, saying what to correct, for a pair that does not fit, a certificate without its
    // key, a key of the wrong kind, or a file that others can change or, being the key, read.
    static HostIdentity load(const HostKeyFiles& files);

    [[nodiscard]] std::string certificate_pem() const;

    // Makes a new pair. Envelopes that are sealed to the present one can be opened until the next rotation. Unsupported
    // for a certificate that somebody else issued.
    void rotate();

    // The pair of now, and the one before if there is one.
    [[nodiscard]] std::vector<const KeyPair*> pairs() const;

  private:
    explicit HostIdentity(const HostKeyFiles& files) : files_(files) {}

    HostKeyFiles files_;
    std::shared_ptr<const KeyPair> current_; // shared, because that lets the type be hidden
    std::shared_ptr<const KeyPair> previous_;
};

} // namespace guestkeyd
