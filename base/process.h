/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Which process this is, asked in front of every call: a module that was forked belongs to nobody. getpid() is a system
 * call, which takes as long as enciphering a kilobyte.
 */
#ifndef MDP_BASE_PROCESS_H
#define MDP_BASE_PROCESS_H

/*
 * What getpid() says. Remembered in memory that the kernel empties in a child (MADV_WIPEONFORK), however it was forked;
 * where the kernel has no such memory, getpid() is asked each time. Any thread at any time.
 */
long process_id(void);

#endif
