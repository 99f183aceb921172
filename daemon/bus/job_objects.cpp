// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/job_objects.h"

#include "agent/volume_jobs.h"
#include "bus/object_path.h"
#include "bus/raw_options.h"
#include "bus/reply.h"
#include "dbus/error_names.h"

#include <cerrno>
#include <cstring>

namespace guestkeyd {

namespace {

constexpr std::chrono::milliseconds kBetweenProgress(250);

const char* error_name_of(const Job& job) {
    return job.failure ? error_name(job.failure->code()) : "";
}

const char* error_message_of(const Job& job) {
    return job.failure ? job.failure->message().c_str() : "";
}

} // namespace

// What sd-bus calls; each finds the job by the path of the call.
struct JobObjects::Vtable {
    static const Job* job_at(const char* path, const JobObjects& self) {
        const auto id = job_of_path(path);
        return id ? self.jobs_.queue().find(*id) : nullptr;
    }

    static int find(sd_bus*, const char* path, const char*, void* user, void** found, sd_bus_error*) {
        *found = user;
        return job_at(path, *static_cast<JobObjects*>(user)) ? 1 : 0;
    }

    static int enumerate(sd_bus*, const char*, void* user, char*** nodes, sd_bus_error*) {
        const auto ids = static_cast<JobObjects*>(user)->jobs_.queue().ids();
        // sd-bus frees the list and its strings with free(3).
        auto** list = static_cast<char**>(std::calloc(ids.size() + 1, sizeof(char*)));
        if (!list)
            return -ENOMEM;
        *nodes = list;
        for (const auto id : ids)
            *list++ = strdup(path_of_job(id).c_str());
        return 0;
    }

    template <int (*Append)(sd_bus_message*, const Job&)>
    static int get(sd_bus*, const char* path, const char*, const char*, sd_bus_message* reply, void* user,
                   sd_bus_error*) {
        const auto* job = job_at(path, *static_cast<JobObjects*>(user));
        return job ? Append(reply, *job) : -ENOENT;
    }

    static int append_operation(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "s", job.task.operation.c_str());
    }
    static int append_volume(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "s", job.task.volume.c_str());
    }
    static int append_state(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "u", static_cast<std::uint32_t>(job.state));
    }
    static int append_progress(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "d", job.progress.fraction());
    }
    static int append_progress_valid(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "b", job.progress.known() ? 1 : 0);
    }
    static int append_bytes(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "t", job.progress.total());
    }
    static int append_bytes_done(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "t", job.progress.done());
    }
    static int append_rate(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "t", job.progress.rate());
    }
    static int append_start_time(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "t", job.started);
    }
    static int append_expected_end_time(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "t", job.expected_end);
    }
    static int append_started_by_uid(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "u", job.task.caller);
    }
    static int append_cancelable(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "b", job.state < JobState::Cancelling ? 1 : 0);
    }
    static int append_error_name(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "s", error_name_of(job));
    }
    static int append_error_message(sd_bus_message* reply, const Job& job) {
        return sd_bus_message_append(reply, "s", error_message_of(job));
    }

    static int on_cancel(sd_bus_message* call, void* user, sd_bus_error* error) {
        try {
            answering([&] { static_cast<JobObjects*>(user)->cancel(call); });
            return sd_bus_reply_method_return(call, nullptr);
        } catch (const sdbus::Error& failure) {
            return sd_bus_error_set(error, failure.getName().c_str(), failure.getMessage().c_str());
        }
    }

    static const sd_bus_vtable kTable[];
};

const sd_bus_vtable JobObjects::Vtable::kTable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_NAMES("Cancel", "a{sv}", SD_BUS_PARAM(options), "", , &Vtable::on_cancel,
                             SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_SIGNAL_WITH_NAMES("Finished", "uss", SD_BUS_PARAM(state) SD_BUS_PARAM(error_name) SD_BUS_PARAM(message), 0),
    SD_BUS_PROPERTY("Operation", "s", (&Vtable::get<&Vtable::append_operation>), 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Volume", "s", (&Vtable::get<&Vtable::append_volume>), 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("State", "u", (&Vtable::get<&Vtable::append_state>), 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Progress", "d", (&Vtable::get<&Vtable::append_progress>), 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("ProgressValid", "b", (&Vtable::get<&Vtable::append_progress_valid>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Bytes", "t", (&Vtable::get<&Vtable::append_bytes>), 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("BytesDone", "t", (&Vtable::get<&Vtable::append_bytes_done>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Rate", "t", (&Vtable::get<&Vtable::append_rate>), 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("StartTime", "t", (&Vtable::get<&Vtable::append_start_time>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("ExpectedEndTime", "t", (&Vtable::get<&Vtable::append_expected_end_time>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("StartedByUid", "u", (&Vtable::get<&Vtable::append_started_by_uid>), 0,
                    SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Cancelable", "b", (&Vtable::get<&Vtable::append_cancelable>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("ErrorName", "s", (&Vtable::get<&Vtable::append_error_name>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("ErrorMessage", "s", (&Vtable::get<&Vtable::append_error_message>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_VTABLE_END,
};

JobObjects::JobObjects(EventLoop& loop, sd_bus* bus, VolumeJobs& jobs)
    : bus_(bus), jobs_(jobs), progress_due_(loop, [this] { emit_progress(); }) {
    sd_bus_slot* slot = nullptr;
    check_errno(sd_bus_add_fallback_vtable(bus, &slot, kJobsPath, kJobInterface, Vtable::kTable, &Vtable::find, this),
                "export jobs");
    vtable_slot_.reset(slot);
    check_errno(sd_bus_add_node_enumerator(bus, &slot, kJobsPath, &Vtable::enumerate, this), "export jobs");
    enumerator_slot_.reset(slot);
}

void JobObjects::emit_added(JobId job) {
    sd_bus_emit_interfaces_added(bus_, path_of_job(job).c_str(), kJobInterface, nullptr);
}

void JobObjects::emit_removed(JobId job) {
    sd_bus_emit_interfaces_removed(bus_, path_of_job(job).c_str(), kJobInterface, nullptr);
}

void JobObjects::emit_changed(JobId job) {
    progressed_.erase(job);
    sd_bus_emit_properties_changed(bus_, path_of_job(job).c_str(), kJobInterface, "State", "Progress", "ProgressValid",
                                   "Bytes", "BytesDone", "Rate", "StartTime", "ExpectedEndTime", "Cancelable",
                                   "ErrorName", "ErrorMessage", nullptr);
}

void JobObjects::emit_progressed(JobId job) {
    if (progressed_.empty())
        progress_due_.arm(kBetweenProgress);
    progressed_.insert(job);
}

void JobObjects::emit_progress() {
    for (const auto job : std::exchange(progressed_, {}))
        sd_bus_emit_properties_changed(bus_, path_of_job(job).c_str(), kJobInterface, "Progress", "ProgressValid",
                                       "Bytes", "BytesDone", "Rate", "ExpectedEndTime", nullptr);
}

void JobObjects::emit_ended(const Job& job) {
    emit_changed(job.id);
    sd_bus_emit_signal(bus_, path_of_job(job.id).c_str(), kJobInterface, "Finished", "uss",
                       static_cast<std::uint32_t>(job.state), error_name_of(job), error_message_of(job));
}

void JobObjects::cancel(sd_bus_message* call) {
    refuse_options(call);
    jobs_.cancel(job_of_path(sd_bus_message_get_path(call)).value());
}

} // namespace guestkeyd
