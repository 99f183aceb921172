# SPDX-License-Identifier: LGPL-2.1-or-later
# The smallest guest: a boot sector that writes the text of the file "line" to the first serial port, and then waits
# without using the processor until it is switched off.
.code16
.globl _start
_start:
    xorw %ax, %ax
    movw %ax, %ds
    movw $line, %si
    cld
next:
    lodsb
    testb %al, %al
    jz wait
    movb %al, %ah
ready:
    movw $0x3fd, %dx        # line status of COM1; bit 5: it takes a byte
    inb %dx, %al
    testb $0x20, %al
    jz ready
    movw $0x3f8, %dx
    movb %ah, %al
    outb %al, %dx
    jmp next
wait:
    sti
    hlt
    jmp wait
line:
    .incbin "line"
    .byte 0
.org 510
    .word 0xaa55
