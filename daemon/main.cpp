// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "base/journal.h"
#include "base/privileges.h"
#include "config/config.h"
#include "service.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <getopt.h>
#include <string>
#include <unistd.h>

namespace {

constexpr const char* kHelp = "guestkeyd [OPTION...]\n\n"
                              "Keeps the disk encryption keys of this host's libvirt guests. Started by systemd.\n\n"
                              "  --config=FILE             read FILE and FILE.d/*.conf (" GUESTKEYD_CONFIG ")\n"
                              "  --domain-xml-parser=FILE  the program that reads domain XML\n"
                              "                            (" GUESTKEYD_DOMAIN_XML_PARSER ")\n"
                              "  --volume-worker=PATH      the program that works on volumes, or a socket at which\n"
                              "                            the service manager starts it\n"
                              "                            (" GUESTKEYD_VOLUME_WORKER ")\n"
                              "  --mapping-worker=PATH     the same, for work that needs device-mapper\n"
                              "                            (" GUESTKEYD_VOLUME_WORKER ")\n"
                              "  --online-worker=PATH      the same, for volumes that stay in use\n"
                              "  --online-jobs=FOLDER      where those of an earlier agent are found\n"
                              "                            (" GUESTKEYD_ONLINE_JOBS ")\n"
                              "  --help                    show this help\n"
                              "  --version                 show the version\n\n"
                              "See guestkeyd(8).\n";

struct Arguments {
    std::string config = GUESTKEYD_CONFIG;
    guestkeyd::Helpers helpers{GUESTKEYD_DOMAIN_XML_PARSER, GUESTKEYD_VOLUME_WORKER, GUESTKEYD_VOLUME_WORKER,
                               GUESTKEYD_VOLUME_WORKER, GUESTKEYD_ONLINE_JOBS};
};

Arguments parse_arguments(int argc, char** argv) {
    enum : int { kConfig = 1, kParser, kWorker, kMappingWorker, kOnlineWorker, kOnlineJobs, kHelpOption, kVersion };
    static const option kOptions[] = {{"config", required_argument, nullptr, kConfig},
                                      {"domain-xml-parser", required_argument, nullptr, kParser},
                                      {"volume-worker", required_argument, nullptr, kWorker},
                                      {"mapping-worker", required_argument, nullptr, kMappingWorker},
                                      {"online-worker", required_argument, nullptr, kOnlineWorker},
                                      {"online-jobs", required_argument, nullptr, kOnlineJobs},
                                      {"help", no_argument, nullptr, kHelpOption},
                                      {"version", no_argument, nullptr, kVersion},
                                      {nullptr, 0, nullptr, 0}};
    Arguments arguments;
    for (;;) {
        switch (getopt_long(argc, argv, "", kOptions, nullptr)) {
        case -1:
            if (optind == argc)
                return arguments;
            std::fprintf(stderr, "guestkeyd: unexpected argument: %s; see guestkeyd --help\n", argv[optind]);
            std::exit(2);
        case kConfig:
            arguments.config = optarg;
            break;
        case kParser:
            arguments.helpers.domain_xml_parser = optarg;
            break;
        case kWorker:
            arguments.helpers.volume_worker = optarg;
            break;
        case kMappingWorker:
            arguments.helpers.mapping_worker = optarg;
            break;
        case kOnlineWorker:
            arguments.helpers.online_worker = optarg;
            break;
        case kOnlineJobs:
            arguments.helpers.online_folder = optarg;
            break;
        case kHelpOption:
            std::fputs(kHelp, stdout);
            std::exit(0);
        case kVersion:
            std::puts("guestkeyd " GUESTKEYD_VERSION);
            std::exit(0);
        default:
            std::exit(2);
        }
    }
}

} // namespace

int main(int argc, char** argv) {
    using namespace guestkeyd;
    const auto arguments = parse_arguments(argc, argv);
    try {
        if (geteuid() != 0)
            throw Failure(ErrorCode::AccessDenied, "guestkeyd must be started by root; use systemctl start guestkeyd");
        std::signal(SIGPIPE, SIG_IGN); // libvirt's client may write to a libvirtd that was just killed
        protect_memory();
        const auto loaded = load_config(arguments.config);
        for (const auto& warning : loaded.warnings)
            journal(Priority::Warning, warning);
        return Service(loaded.config, arguments.helpers).run();
    } catch (const std::exception& error) {
        journal(Priority::Error, std::string("cannot start: ") + error.what());
        return 1;
    }
}
