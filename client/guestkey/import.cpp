// SPDX-License-Identifier: LGPL-2.1-or-later
// A volume that was made otherwise comes to the database, with its key.
#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/key_input.h"
#include "cli/text.h"
#include "cli/volume_place.h"
#include "guestkey/hosts.h"
#include "guestkey/mapping.h"
#include "guestkey/store.h"
#include "guestkey/volumes.h"
#include "keydb/values.h"

#include <iostream>

namespace guestkeyd::guestkey {

namespace {

// That the key opens.
bool is_luks2(Client& agent, const VolumePlace& place, const SecretBuffer& key) {
    try {
        return agent.test_key(place, key, "luks2");
    } catch (const Failure& failure) {
        if (failure.code() != ErrorCode::InvalidArgs) // it is of another format
            throw;
        return false;
    }
}

} // namespace

int import_volume(const Invocation& invocation) {
    auto database = open_database(invocation);
    keydb::VolumeRecord volume{0, VolumeId::parse(invocation.maybe_text("uuid").value_or(keydb::new_uuid())),
                               database.host(invocation.operands[0]).name};
    volume.place = cli::parse_volume_place(invocation.operands[1]);
    volume.ready = true;
    const auto name = cli::human_place(volume.place);
    const auto lines = cli::read_keys(invocation.maybe_text("key-file"), std::vector{"key of volume " + name});
    const auto key = SecretBuffer::copy_of(lines.view().substr(0, lines.size() - 1));
    const auto agent = connect_agent(database.host(volume.host));
    if (is_luks2(*agent, volume.place, key))
        volume.format = "luks2";
    else if (!agent->test_key(volume.place, key))
        throw Failure(ErrorCode::WrongKey, "the key does not open volume " + name + "; nothing was changed");
    database.add_volume(volume, key.view());
    if (!invocation.output.quiet)
        std::cout << "volume " << cli::printable(name) << " is known; in the domain XML " << in_domain_xml(volume)
                  << '\n';
    warn_without_backup(database);
    return cli::kDone;
}

} // namespace guestkeyd::guestkey
