# SPDX-License-Identifier: LGPL-2.1-or-later
# The smallest guest: a boot sector that writes the text of the file "line" to the first serial port; panics, if the
# machine has a device to tell so; and then uses next to no processor until it is switched off. It shuts down when its
# power button is pressed, and the BIOS boots it again on Ctrl-Alt-Del. 8 MiB of its memory are not zero, and half a MiB
# of them changes with each tick of the clock, so its migration takes as long as its bandwidth is small.
.set filled_kib, 8192
.set changing_kib, 512
.set events, 0x600              # ACPI power management, where SeaBIOS puts it on machine type pc
.set power_button, 0x100
.code16
.globl _start
_start:
    cli
    cld
    xorw %ax, %ax
    movw %ax, %ds
    lgdt descriptors
    movl %cr0, %eax             # protected mode for a moment, whose segment limit of 4 GiB stays in %es
    orb $1, %al
    movl %eax, %cr0
    movw $8, %bx
    movw %bx, %es
    andb $0xfe, %al
    movl %eax, %cr0
    movl $(filled_kib << 8), %ecx
    call fill
    movw $(events + 2), %dx
    movw $power_button, %ax
    outw %ax, %dx
    movw $line, %si
next:
    lodsb
    testb %al, %al
    jz written
    movb %al, %ah
ready:
    movw $0x3fd, %dx            # line status of COM1; bit 5: it takes a byte
    inb %dx, %al
    testb $0x20, %al
    jz ready
    movw $0x3f8, %dx
    movb %ah, %al
    outb %al, %dx
    jmp next
written:
    movw $0x505, %dx            # the pvpanic device; bit 0: the guest panicked
    movb $1, %al
    outb %al, %dx
wait:
    sti
    hlt
    cli
    movl $(changing_kib << 8), %ecx
    call fill
    movw $events, %dx
    inw %dx, %ax
    testw $power_button, %ax
    jz wait
    movw $(events + 4), %dx
    movw $0x2000, %ax           # sleep, type 0: soft off
    outw %ax, %dx
    jmp wait

# Writes %ecx times a number that was not there before, from 1 MiB on.
fill:
    movl $0x100000, %edi
    movl number, %eax
    addl $2, number
    addr32 rep stosl
    ret

.balign 8
null_and_flat:
    .quad 0, 0x00cf92000000ffff
descriptors:
    .word 15
    .long null_and_flat
number:
    .long 1
line:
    .incbin "line"
    .byte 0
.org 510
    .word 0xaa55
