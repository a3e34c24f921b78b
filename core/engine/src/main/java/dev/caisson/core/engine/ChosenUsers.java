package dev.caisson.core.engine;

import dev.caisson.Stage;
import dev.caisson.UnsupportedOnThisHost;
import dev.caisson.UserNamespace.Mapped;
import dev.caisson.UserNamespace.Range;
import dev.caisson.core.rootless.ChosenIds;
import dev.caisson.core.rootless.IdMaps;
import java.util.List;

/** {@code userns(map(…))} of a JVM that is an ordinary user: among his own ids he may choose. */
final class ChosenUsers {
    private ChosenUsers() {}

    /** In the numbers of his engine's user namespace. @throws UnsupportedOnThisHost if one is not his */
    static Mapped maps(Mapped chosen, IdMaps ordinary) {
        return new Mapped(among("users", chosen.users(), ordinary.maps().users(), ordinary), among("groups", chosen.groups(), ordinary.maps().groups(), ordinary));
    }

    private static List<Range> among(String what, List<Range> chosen, List<Range> own, IdMaps ordinary) {
        return ChosenIds.among(chosen, own).orElseThrow(() -> new UnsupportedOnThisHost(Stage.VALIDATE, "userns(map(" + what + " " + chosen + ")): the JVM is an ordinary user, who may "
                + "give away his own number and his subordinate ones alone, " + own.stream().map(r -> r.size() == 1 ? "" + r.outside() : r.outside() + " to " + (r.outside() + r.size() - 1)).toList()
                + (ordinary.subordinate() ? "" : ": " + ordinary.without()), ordinary.subordinate() ? "map to those" : ordinary.remedy()));
    }
}
