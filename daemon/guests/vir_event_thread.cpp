// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/vir_event_thread.h"

#include "guests/vir_handles.h"

#include <libvirt/virterror.h>

namespace guestkeyd {

VirEventThread::VirEventThread() {
    virSetErrorFunc(nullptr, [](void*, virErrorPtr) {}); // errors are read where the call failed, not printed
    if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0)
        throw vir_failure("start libvirt's event loop");
    constexpr int kNever = -1;
    wake_timer_ = virEventAddTimeout(
        kNever, [](int, void*) {}, nullptr, nullptr);
    thread_ = std::thread([this] {
        while (!stop_)
            virEventRunDefaultImpl();
    });
}

VirEventThread::~VirEventThread() {
    stop_ = true;
    virEventUpdateTimeout(wake_timer_, 0);
    thread_.join();
    virEventRemoveTimeout(wake_timer_);
}

} // namespace guestkeyd
