// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace guestkeyd {

struct KeyPair;

// A private key and its certificate that the site put there, both in PEM.
struct HostKeyFiles {
    std::filesystem::path key;
    std::filesystem::path certificate;
};

// What envelopes for this host are sealed to and opened with.
class HostIdentity {
  public:
    // The pair that this host made for itself: the key, then its certificate, in one PEM file of mode 0600, so that
    // they are replaced together. Made at first use, as is the file's folder. InvalidArgs, saying what to correct, for
    // a file that holds something else, or that others can read, or a folder that others can write.
    static HostIdentity own(const std::filesystem::path& file);

    // The pair of the site, which is only read. InvalidArgs, saying what to correct, if there is none, it does not fit
    // together, is of the wrong kind, or others can change it or read the key.
    static HostIdentity given(const HostKeyFiles& files);

    [[nodiscard]] std::string certificate_pem() const;
    [[nodiscard]] const KeyPair& pair() const { return *pair_; }

    // Replaces our own pair by a new one; nobody can then open what was sealed to the old one. Unsupported for the
    // pair of the site.
    void rotate();

  private:
    explicit HostIdentity(std::shared_ptr<const KeyPair> pair) : pair_(std::move(pair)) {}

    std::shared_ptr<const KeyPair> pair_; // shared, because that lets the type be hidden
    std::filesystem::path own_file_;      // empty: the pair is the site's
};

} // namespace guestkeyd
