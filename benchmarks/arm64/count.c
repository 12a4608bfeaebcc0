/* A plugin for QEMU's user-mode emulation: counts the guest's instructions.
 *
 * Where the guest calls lseek(-1, N, ...), which fails and does nothing else, "counted N TOTAL" goes to stderr: how many
 * instructions it had executed by then. The guest must run one thread only, or the sum is not exact.
 *
 * Distributions ship no qemu-plugin.h, so the few declarations needed stand here (QEMU's documentation, "TCG plugins").
 * Built with -DAPI=1 for QEMU 6 to 8 and -DAPI=2 from 9 on, which dropped the first way of counting.
 */
#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SHOWN __attribute__((visibility("default")))

typedef uint64_t qemu_plugin_id_t;
struct qemu_plugin_tb;
typedef void (*translated_t)(qemu_plugin_id_t, struct qemu_plugin_tb *);
typedef void (*syscall_t)(qemu_plugin_id_t, unsigned int, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                          uint64_t, uint64_t, uint64_t);

extern size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
extern void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, translated_t);
extern void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t, syscall_t);
#if API == 1
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int, void *, uint64_t);
#else
extern void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *, void (*)(unsigned int, void *), int, void *);
#endif

SHOWN int qemu_plugin_version = API;

enum { ADD_U64 = 0, NO_REGISTERS = 0, LSEEK = 62 /* arm64 */ };

static uint64_t total;

#if API == 2
static void executed(unsigned int cpu, void *instructions)
{
    total += (uintptr_t)instructions;
}
#endif

/* A block is translated once and executed often: each execution adds its length. */
static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *block)
{
    size_t instructions = qemu_plugin_tb_n_insns(block);
#if API == 1
    qemu_plugin_register_vcpu_tb_exec_inline(block, ADD_U64, &total, instructions);
#else
    qemu_plugin_register_vcpu_tb_exec_cb(block, executed, NO_REGISTERS, (void *)(uintptr_t)instructions);
#endif
}

static void called(qemu_plugin_id_t id, unsigned int cpu, int64_t number, uint64_t file, uint64_t offset, uint64_t a3,
                   uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    if (number == LSEEK && (int32_t)file == -1)
        fprintf(stderr, "counted %" PRIu64 " %" PRIu64 "\n", offset, total);
}

SHOWN int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    return 0;
}
