// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domainxml/domain_xml.h"

#include "base/error.h"
#include "base/text.h"
#include "domainxml/references.h"

#include <algorithm>
#include <pugixml.hpp>

namespace guestkeyd {

namespace {

constexpr int kMaxDepth = 256; // as libxml2, with which libvirt reads its XML

// References are resolved by us, because pugixml leaves what it cannot resolve as it stands. Text outside of the root
// element (parse_fragment) and a DTD are kept so that they can be refused.
constexpr unsigned kOptions = pugi::parse_minimal | pugi::parse_fragment | pugi::parse_doctype | pugi::parse_cdata;

[[noreturn]] void refuse(const std::string& what) {
    throw Failure(ErrorCode::InvalidArgs, what + "; give the XML that virsh dumpxml prints");
}

bool is(const pugi::xml_node& node, std::string_view name) {
    return node.type() == pugi::node_element && node.name() == name;
}

void check_text(std::string_view xml) {
    if (xml.size() > kMaxDomainXml)
        throw Failure(ErrorCode::LimitsExceeded, "the domain XML has more than " + std::to_string(kMaxDomainXml) +
                                                     " bytes, which is more than guestkeyd reads; make its "
                                                     "<metadata> smaller");
    if (!is_utf8(xml) || xml.find('\0') != std::string_view::npos)
        refuse("the domain XML is not UTF-8 text");
}

pugi::xml_node load(pugi::xml_document& document, std::string_view xml) {
    check_text(xml);
    const auto result = document.load_buffer(xml.data(), xml.size(), kOptions, pugi::encoding_utf8);
    if (!result)
        refuse("the domain XML is not well-formed at byte " + std::to_string(result.offset) + " (" +
               result.description() + ")");
    const auto nodes = document.children();
    if (std::any_of(nodes.begin(), nodes.end(), [](const auto& node) { return node.type() == pugi::node_doctype; }))
        refuse("the domain XML has a document type declaration, which is never read");
    const auto root = document.first_child();
    if (!is(root, "domain") || root.next_sibling())
        refuse("the XML is not that of one libvirt domain");
    return root;
}

// The text of the one child element of that name.
std::string text_of(const pugi::xml_node& parent, const char* name) {
    const auto element = parent.child(name);
    const auto content = element.first_child();
    const bool plain = content.type() == pugi::node_pcdata && !content.next_sibling();
    if (!plain || element.next_sibling(name))
        refuse("the domain XML must have one <" + std::string(name) + "> with text in it");
    return resolve_references(content.value());
}

std::optional<std::string> attribute_of(const pugi::xml_node& element, std::string_view name) {
    std::optional<std::string> value;
    for (const auto& attribute : element.attributes()) {
        if (attribute.name() != name)
            continue;
        if (value)
            refuse("the domain XML has a <" + std::string(element.name()) + "> with two attributes " + quoted(name));
        value = resolve_references(attribute.value());
    }
    return value;
}

// libvirt looks secrets of <auth> up as iscsi's unless the disk is an RBD image (<auth> may stand in the disk's
// <source> or beside it).
SecretUse use_of_auth(const pugi::xml_node& auth, const pugi::xml_node& secret) {
    const auto source = is(auth.parent(), "source") ? auth.parent() : auth.parent().child("source");
    const bool ceph = attribute_of(source, "protocol") == "rbd" || attribute_of(secret, "type") == "ceph";
    return ceph ? SecretUse::Ceph : SecretUse::Iscsi;
}

// Walks through the XML and notes the secrets it comes by.
class SecretSearch {
  public:
    explicit SecretSearch(DomainSummary& summary) : summary_(summary) {}

    void visit(const pugi::xml_node& element, int depth) {
        if (depth > kMaxDepth)
            throw Failure(ErrorCode::LimitsExceeded, "the domain XML of guest " + quoted(summary_.name) +
                                                         " has elements nested more than " + std::to_string(kMaxDepth) +
                                                         " deep; shorten its backing "
                                                         "chains");
        // What applications keep in <metadata> is theirs, whatever it looks like.
        if (depth == 2 && is(element, "metadata"))
            return;
        note_secrets_of(element);
        for (const auto& child : element.children())
            if (child.type() == pugi::node_element)
                visit(child, depth + 1);
    }

  private:
    void note_secrets_of(const pugi::xml_node& element) {
        if (is(element, "encryption")) {
            for (const auto& secret : element.children("secret"))
                note(SecretUse::Volume, secret);
            if (const auto uuid = attribute_of(element, "secret"))
                add_secret(summary_, {SecretUse::Vtpm, VolumeId::parse(*uuid), {}});
        } else if (is(element, "auth")) {
            for (const auto& secret : element.children("secret"))
                note(use_of_auth(element, secret), secret);
        }
    }

    void note(SecretUse use, const pugi::xml_node& secret) {
        const auto uuid = attribute_of(secret, "uuid");
        const auto usage = attribute_of(secret, "usage");
        if (uuid.has_value() == usage.has_value())
            refuse("the domain XML of guest " + quoted(summary_.name) +
                   " has a <secret> that is not named by either uuid or usage");
        if (usage && !is_one_line(*usage))
            refuse("the domain XML of guest " + quoted(summary_.name) + " has a <secret> whose usage " +
                   quoted(*usage) + " is not one line of text");
        add_secret(summary_, uuid ? SecretRef{use, VolumeId::parse(*uuid), {}} : SecretRef{use, std::nullopt, *usage});
    }

    DomainSummary& summary_;
};

} // namespace

DomainSummary parse_domain_xml(std::string_view xml) {
    pugi::xml_document document;
    const auto domain = load(document, xml);
    DomainSummary summary{GuestId::parse(text_of(domain, "uuid")), text_of(domain, "name"), {}};
    if (!is_one_line(summary.name) || summary.name.size() > kMaxNameLength)
        refuse("the domain XML has a <name> that is not one line of text");
    SecretSearch(summary).visit(domain, 1);
    return summary;
}

std::vector<std::string> block_devices_of(std::string_view domain_xml) {
    pugi::xml_document document;
    std::vector<std::string> devices;
    for (const auto& disk : load(document, domain_xml).child("devices").children("disk"))
        if (auto device = attribute_of(disk.child("source"), "dev"))
            devices.push_back(std::move(*device));
    return devices;
}

} // namespace guestkeyd
