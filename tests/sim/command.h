/* command.h - berksim's subcommands, and how they end. */
#pragma once

/* Exit status. */
#define EXIT_HELD  0
#define EXIT_BROKE 1
#define EXIT_USAGE 2

int cmd_precision(int argc, char **argv);
int cmd_table(int argc, char **argv);
int cmd_frequency(int argc, char **argv);
int cmd_estimator(int argc, char **argv);
int cmd_faults(int argc, char **argv);
int cmd_attack(int argc, char **argv);
int cmd_boots(int argc, char **argv);
int cmd_chat(int argc, char **argv);
int cmd_scale(int argc, char **argv);
