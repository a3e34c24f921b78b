package dev.caisson.core.plan;

import dev.caisson.core.launch.Op;
import java.util.List;

/**
 * Everything that the plan of a process executed inside a running container depends on.
 *
 * @param namespaces CLONE_NEW* of those to be entered besides the PID namespace
 * @param terminalSize of its terminal, if it has one: rows &lt;&lt; 16 | columns
 * @param prepare operations of the cgroup room in the guard
 * @param join the same in the child
 * @param undo the same at the end
 */
public record ExecInput(long namespaces, PlanInput.Process process, int terminalSize, PlanInput.Privilege privilege, List<Op> prepare, List<Op> join, List<Op> undo) {
}
