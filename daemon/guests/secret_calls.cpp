// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/secret_calls.h"

#include "guests/base64.h"

#include "base/fault_point.h"

namespace guestkeyd {

namespace {

// What marks a secret as ours, in the form in which libvirt writes it.
constexpr const char* kMark = "<description>guestkeyd: ";
constexpr const char* kKind = "<secret ephemeral='yes' private='yes'>";

// The element that holds the usage's id.
const char* id_element(SecretUse use) {
    switch (use) {
    case SecretUse::Volume:
        return "volume";
    case SecretUse::Iscsi:
        return "target";
    case SecretUse::Ceph:
    case SecretUse::Vtpm:
    case SecretUse::Tls:
        return "name";
    }
    throw Failure(ErrorCode::Internal, "a secret has a use that libvirt does not know");
}

virSecretUsageType usage_type_of(SecretUse use) {
    switch (use) {
    case SecretUse::Volume:
        return VIR_SECRET_USAGE_TYPE_VOLUME;
    case SecretUse::Ceph:
        return VIR_SECRET_USAGE_TYPE_CEPH;
    case SecretUse::Iscsi:
        return VIR_SECRET_USAGE_TYPE_ISCSI;
    case SecretUse::Vtpm:
        return VIR_SECRET_USAGE_TYPE_VTPM;
    case SecretUse::Tls:
        return VIR_SECRET_USAGE_TYPE_TLS;
    }
    return VIR_SECRET_USAGE_TYPE_NONE;
}

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

std::string secret_xml(const SecretDefinition& definition) {
    const std::string type(secret_use_name(definition.use));
    const std::string id(id_element(definition.use));
    return std::string(kKind) + kMark + escaped(definition.description_of_guest) + "</description><uuid>" +
           definition.volume.str() + "</uuid><usage type='" + type + "'><" + id + ">" + escaped(definition.usage) +
           "</" + id + "></usage></secret>";
}

VirSecret find_secret(virConnectPtr connection, VolumeId volume) {
    VirSecret secret(virSecretLookupByUUIDString(connection, volume.str().c_str()));
    if (!secret && !vir_not_found())
        throw vir_failure("look up the secret of volume " + volume.str());
    return secret;
}

bool is_ours(const VirSecret& secret) {
    const VirText xml(virSecretGetXMLDesc(secret.get(), 0));
    if (!xml)
        return false;
    const std::string text(xml.get());
    return text.find(kKind) != std::string::npos && text.find(kMark) != std::string::npos;
}

// A secret that is there already keeps its usage: only its value can be set anew.
bool has_usage(const VirSecret& secret, const SecretDefinition& definition) {
    const char* id = virSecretGetUsageID(secret.get());
    return virSecretGetUsageType(secret.get()) == usage_type_of(definition.use) && id && definition.usage == id;
}

void undefine(const VirSecret& secret, const std::string& name) {
    if (virSecretUndefine(secret.get()) < 0 && !vir_not_found())
        throw vir_failure("withdraw the secret of volume " + name);
}

// QEMU hands a key to Ceph in base64, the form in which Ceph itself writes it, and encodes it for that. So libvirt's
// secret is to hold it decoded.
SecretBuffer ceph_key(const SecretDefinition& definition, const SecretBuffer& text) {
    auto key = decode_base64(text.view());
    if (!key)
        throw Failure(ErrorCode::InvalidArgs, "the key of volume " + definition.volume.str() +
                                                  " is for Ceph, but not in base64; attach what ceph auth get-key "
                                                  "prints");
    return std::move(*key);
}

void set_value(const VirSecret& secret, const SecretDefinition& definition, const SecretBuffer& value) {
    const auto bytes = value.view();
    if (virSecretSetValue(secret.get(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), 0) < 0) {
        const auto failure = vir_failure("hand the key of volume " + definition.volume.str() + " to libvirt");
        virSecretUndefine(secret.get());
        throw failure;
    }
}

} // namespace

PublishResult publish_secret(virConnectPtr connection, const SecretDefinition& definition, const SecretBuffer& value) {
    auto secret = find_secret(connection, definition.volume);
    if (secret && !is_ours(secret))
        return PublishResult::LibvirtHasItsOwn;
    const auto decoded = definition.use == SecretUse::Ceph ? std::optional(ceph_key(definition, value)) : std::nullopt;
    // Not defined anew without need: somebody else's start or loan may count on its being there at any moment.
    if (secret && !has_usage(secret, definition)) {
        undefine(secret, definition.volume.str());
        secret.reset();
    }
    fault_point("publish-begun");
    if (!secret)
        secret.reset(virSecretDefineXML(connection, secret_xml(definition).c_str(), 0));
    if (!secret)
        throw vir_failure("publish the secret of volume " + definition.volume.str());
    fault_point("publish-defined");
    set_value(secret, definition, decoded ? *decoded : value);
    fault_point("publish-value-set");
    return PublishResult::Published;
}

void withdraw_secret(virConnectPtr connection, VolumeId volume) {
    const auto secret = find_secret(connection, volume);
    fault_point("withdraw-begun");
    if (secret && is_ours(secret))
        undefine(secret, volume.str());
    fault_point("withdraw-undefined");
}

void withdraw_leftovers(virConnectPtr connection) {
    virSecretPtr* list = nullptr;
    constexpr unsigned kFlags = VIR_CONNECT_LIST_SECRETS_EPHEMERAL | VIR_CONNECT_LIST_SECRETS_PRIVATE;
    const int count = virConnectListAllSecrets(connection, &list, kFlags);
    if (count < 0 && vir_not_supported()) // test:///default has guests but no secrets
        return;
    if (count < 0)
        throw vir_failure("list libvirt's secrets");
    std::vector<VirSecret> secrets(list, list + count);
    std::free(list);
    for (const auto& secret : secrets)
        if (is_ours(secret))
            undefine(secret, "an earlier run");
}

std::vector<SecretRef> unknown_secrets(virConnectPtr connection, const std::vector<SecretRef>& references) {
    std::vector<SecretRef> unknown;
    for (const auto& reference : references) {
        const VirSecret secret(
            reference.uuid ? virSecretLookupByUUIDString(connection, reference.uuid->str().c_str())
                           : virSecretLookupByUsage(connection, usage_type_of(reference.use), reference.usage.c_str()));
        if (!secret && !vir_not_found())
            throw vir_failure("look up a secret");
        if (!secret)
            unknown.push_back(reference);
    }
    return unknown;
}

} // namespace guestkeyd
