// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/message_text.h"

#include "base/error.h"

#include <systemd/sd-bus.h>

namespace guestkeyd::test {

namespace {

std::string value_text(sd_bus_message* message, char type, const char* contents);

// Up to the end of what has been entered.
std::string values_text(sd_bus_message* message, const char* between) {
    std::string text;
    for (bool first = true;; first = false) {
        char type = 0;
        const char* contents = nullptr;
        if (check_errno(sd_bus_message_peek_type(message, &type, &contents), "look into a message") == 0)
            return text;
        text += (first ? "" : between) + value_text(message, type, contents);
    }
}

std::string container_text(sd_bus_message* message, char type, const std::string& contents) {
    check_errno(sd_bus_message_enter_container(message, type, contents.c_str()), "enter a container of a message");
    auto inside = values_text(message, type == SD_BUS_TYPE_DICT_ENTRY ? ": " : ", ");
    check_errno(sd_bus_message_exit_container(message), "leave a container of a message");
    switch (type) {
    case SD_BUS_TYPE_ARRAY:
        return contents.starts_with('{') ? "{" + inside + "}" : "[" + inside + "]";
    case SD_BUS_TYPE_STRUCT:
        return "(" + inside + ")";
    default:
        return inside;
    }
}

template <typename Value> Value read_basic(sd_bus_message* message, char type) {
    Value value{};
    check_errno(sd_bus_message_read_basic(message, type, &value), "read a message");
    return value;
}

std::string value_text(sd_bus_message* message, char type, const char* contents) {
    switch (type) {
    case SD_BUS_TYPE_STRING:
    case SD_BUS_TYPE_OBJECT_PATH:
    case SD_BUS_TYPE_SIGNATURE:
        return std::string("\"") + read_basic<const char*>(message, type) + "\"";
    case SD_BUS_TYPE_BOOLEAN:
        return read_basic<int>(message, type) ? "true" : "false";
    case SD_BUS_TYPE_BYTE:
        return std::to_string(read_basic<std::uint8_t>(message, type));
    case SD_BUS_TYPE_UINT32:
        return std::to_string(read_basic<std::uint32_t>(message, type));
    case SD_BUS_TYPE_UINT64:
        return std::to_string(read_basic<std::uint64_t>(message, type));
    case SD_BUS_TYPE_DOUBLE:
        return std::to_string(read_basic<double>(message, type));
    case SD_BUS_TYPE_INT32:
        return std::to_string(read_basic<std::int32_t>(message, type));
    default:
        if (contents)
            return container_text(message, type, contents);
        throw Failure(ErrorCode::Internal, std::string("no text for the D-Bus type ") + type);
    }
}

} // namespace

std::string text_of(sd_bus_message* message) {
    check_errno(sd_bus_message_rewind(message, 1), "rewind a message");
    return values_text(message, ", ");
}

} // namespace guestkeyd::test
