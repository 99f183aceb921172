# SPDX-License-Identifier: LGPL-2.1-or-later
# A guest of two sectors, on an IDE disk, that writes the text of the file "line" to the first serial port, and then to
# its disk for ever, all of it in one pass after the other: blocks of 16 KiB, but for the first, in which each 8 bytes say
# their own place on the disk and the number of the pass. Each block is read before it is written, and must be of the pass
# before. After each pass, the serial port tells the longest time that one has taken, by a clock that counts whatever the
# guest waits for. A block that is wrong, or an error, ends it all. The disk is used without the BIOS, which takes ten
# times as long under emulation.
.set clock_on, 0xfed00010       # HPET, where QEMU has it
.set clock, 0xfed000f0
.set ticks_per_ms, 100000
.set ide, 0x1f0                 # its first channel
.set pci_ide, 0x80000900        # where machine type pc has it
.set read_by_dma, 0x08c8        # direction of the transfer, command to the disk
.set write_by_dma, 0x00ca
.set sectors_shift, 5            # to the sectors of a block
.set words_shift, 11            # to its words of 8 bytes
# In pages without code, of which emulation is slow to see them change:
.set stack, 0x7000
.set buffer, 0x8000
.set parameters, 0x6000
.set block, 0x6020
.set blocks, 0x6024
.set passes, 0x6028
.set longest, 0x602c
.set dma, 0x6030
.code16
.globl _start
_start:
    cld
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $stack, %sp
    movw $0x0201, %ax           # the second sector, behind this one
    movw $0x7e00, %bx
    movw $0x0002, %cx
    movb $0x00, %dh
    int $0x13
    movb $0x48, %ah             # what disk it is
    movw $parameters, %si
    movw $0x1a, (%si)
    int $0x13
    movl parameters + 16, %eax  # sectors
    shrl $sectors_shift, %eax
    movl %eax, blocks
    cli                         # no more BIOS
    lgdt descriptors
    movl %cr0, %eax             # protected mode for a moment, whose segment limit of 4 GiB stays in %fs
    orb $1, %al
    movl %eax, %cr0
    movw $8, %bx
    movw %bx, %fs
    andb $0xfe, %al
    movl %eax, %cr0
    movl $clock_on, %eax
    orl $1, %fs:(%eax)
    movl $(pci_ide + 0x04), %eax
    call pci
    orb $0x04, %al              # it may use memory
    outl %eax, %dx
    movl $(pci_ide + 0x20), %eax
    call pci
    andb $0xfc, %al
    movw %ax, dma
    movw $line, %si
    call print
    movl $0, passes
pass:
    incl passes
    movl $0, longest
    movl $1, block
each:
    call now
    pushl %eax
    movw $read_by_dma, %ax
    call transfer
    movl passes, %edx
    decl %edx
    jz write                    # nobody has written before
    call first_word
check:
    movl %ebx, %eax
    scasl
    jne wrong
    movl %edx, %eax
    scasl
    jne wrong
    incl %ebx
    loop check
write:
    call first_word
    incl %edx
fill:
    movl %ebx, %eax
    stosl
    movl %edx, %eax
    stosl
    incl %ebx
    loop fill
    movw $write_by_dma, %ax
    call transfer
    call now
    popl %edx
    subl %edx, %eax
    cmpl longest, %eax
    jbe not_longer
    movl %eax, longest
not_longer:
    incl block
    movl block, %eax
    cmpl blocks, %eax
    jb each
    movw $pass_text, %si
    movl passes, %eax
    call print_with_number
    movl longest, %eax
    xorl %edx, %edx
    movl $ticks_per_ms, %ecx
    divl %ecx
    call print_with_number
    call print
    jmp pass

# %di: the buffer, %cx: its words of 8 bytes, %ebx: the place of the first.
first_word:
    movw $buffer, %di
    movw $(1 << words_shift), %cx
    movl block, %ebx
    shll $words_shift, %ebx
    ret

.org 510
    .word 0xaa55

# %eax: what the register %eax of PCI says, which is at port %dx then.
pci:
    movw $0xcf8, %dx
    outl %eax, %dx
    addw $4, %dx
    inl %dx, %eax
    ret

now:
    movl $clock, %eax
    movl %fs:(%eax), %eax
    ret

# Has the disk do the command %al with the block and the buffer, in the direction %ah, and waits for it.
transfer:
    movw %ax, %bx
    movw dma, %dx
    addw $2, %dx                # status of the DMA
    movb $0x06, %al             # there was neither interrupt nor error
    outb %al, %dx
    addw $2, %dx
    movl $memory, %eax
    outl %eax, %dx
    movl block, %eax
    shll $(8 + sectors_shift), %eax # from bit 8 on, the number of its first sector
    movb $(1 << sectors_shift), %al
    movw $(ide + 2), %dx
    movw $4, %cx
address:
    outb %al, %dx
    incw %dx
    shrl $8, %eax
    loop address
    movb $0xe0, %al             # the first disk of the channel, by the number of the sector
    outb %al, %dx
    incw %dx
    movb %bl, %al
    outb %al, %dx
    movw dma, %dx
    movb %bh, %al
    orb $0x01, %al              # start
    outb %al, %dx
    addw $2, %dx
wait:
    inb %dx, %al
    testb $0x04, %al            # bit 2: interrupt
    jz wait
    movb %al, %ah
    subw $2, %dx
    xorb %al, %al               # stop
    outb %al, %dx
    movw $(ide + 7), %dx
    inb %dx, %al
    testw $0x0221, %ax          # errors of the DMA, of the disk
    jnz failed
    ret

failed:
    movw $failed_text, %si
    jmp last
wrong:
    movw $wrong_text, %si
last:
    movl block, %eax
    call print_with_number
    call print
    hlt

# The text at %si, and %eax in decimal behind it.
print_with_number:
    pushl %eax
    call print
    popl %eax
digits:
    xorl %edx, %edx
    movl $10, %ecx
    divl %ecx
    pushw %dx
    testl %eax, %eax
    jz digit
    call digits
digit:
    popw %ax
    addb $'0', %al
    jmp put

# The text at %si, up to the 0 that ends it.
print:
    lodsb
    testb %al, %al
    jz printed
    call put
    jmp print
put:
    movb %al, %ah
ready:
    movw $0x3fd, %dx            # line status of COM1; bit 5: it takes a byte
    inb %dx, %al
    testb $0x20, %al
    jz ready
    movw $0x3f8, %dx
    movb %ah, %al
    outb %al, %dx
printed:
    ret

.balign 8
null_and_flat:
    .quad 0, 0x00cf92000000ffff
memory:
    .long buffer
    .word 512 << sectors_shift
    .word 0x8000                # there is no more
descriptors:
    .word 15
    .long null_and_flat
pass_text:
    .asciz "pass "
    .asciz ", longest wait "
    .asciz " ms\r\n"
failed_text:
    .asciz "I/O error at block "
    .asciz "\r\n"
wrong_text:
    .asciz "wrong block "
    .asciz "\r\n"
line:
    .incbin "line"
    .byte 0
.org 1024
