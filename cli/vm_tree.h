/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device tree that tells neve of the VMs beside the host VM: QEMU's own of the same machine,
 *with a node for each of them under /chosen.
 *
 *	vm1 {
 *		compatible = "neve,vm";
 *		cpus = <1>;
 *		memory = <0 0x40000>;		KiB, 64 bits
 *		module@ADDRESS { ... };		as Xen's modules: kernel, ramdisk
 *	};
 */
#ifndef CLI_VM_TREE_H
#define CLI_VM_TREE_H

#include "stack.h"

/*
 * The tree @dtb of @size bytes with the nodes in it, and its size in *@new_size; free with
 * g_free(). NULL with a message when it is no device tree. Pure.
 */
void *vm_tree_edit(const void *dtb, gsize size, const struct stack *stack,
		   const struct layout *layout, gsize *new_size, GError **error);

/*
 * When there are VMs: has QEMU say what the machine's tree is, and makes a temporary file of it
 * that stack->dtb names. The caller calls vm_tree_remove() when the machine has ended.
 */
gboolean vm_tree_make(struct stack *stack, const struct layout *layout, GError **error);

/* Removes that file, if there is one. */
void vm_tree_remove(struct stack *stack);

/*
 * What a shell does to run the stack, the making of the tree included; without VMs that is one
 * line. Sets stack->dtb to a name in it. Free with g_free(). Pure.
 */
char *vm_tree_script(struct stack *stack, const struct layout *layout);

#endif
