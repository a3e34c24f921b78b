package dev.caisson;

/**
 * Whether a container that ended is started again ({@code --restart}): after 100 ms, then twice as long each time, at most a minute; after a run of 10 s from 100 ms again.
 * {@link Container#stop()}, {@link Container#remove()} and a {@link Container#kill} with KILL or the stop signal end it for good, whatever the policy, until somebody starts it.
 *
 * @param when after which ends
 * @param retries for {@link When#ON_FAILURE}: how often at most; 0 for any number
 */
public record RestartPolicy(When when, int retries) {
    /** After which ends. */
    public enum When {
        /** None. */
        NO,
        /** Those with an exit code other than 0. */
        ON_FAILURE,
        /** All. */
        ALWAYS,
        /** All but those that the user caused. */
        UNLESS_STOPPED
    }

    /**
     * A number of retries that is checked.
     *
     * @throws InvalidSpec if it is negative, or not 0 with anything but {@link When#ON_FAILURE}
     */
    public RestartPolicy {
        if (retries < 0 || retries > 0 && when != When.ON_FAILURE) {
            throw new InvalidSpec("restart(…)", retries < 0 ? "has a negative number of retries" : "counts retries for onFailure(n) alone", "");
        }
    }

    /** {@return never; the default} */
    public static RestartPolicy no() {
        return new RestartPolicy(When.NO, 0);
    }

    /** {@return whenever its exit code is not 0, any number of times} */
    public static RestartPolicy onFailure() {
        return new RestartPolicy(When.ON_FAILURE, 0);
    }

    /**
     * When its exit code is not 0, at most so often.
     *
     * @param times positive
     * @return docker's {@code on-failure:N}
     * @throws InvalidSpec if it is not positive
     */
    public static RestartPolicy onFailure(int times) {
        if (times < 1) {
            throw new InvalidSpec("restart(onFailure(" + times + "))", "is not positive", "leave restart(…) out, or give onFailure() for any number");
        }
        return new RestartPolicy(When.ON_FAILURE, times);
    }

    /** {@return whenever it ends by itself} */
    public static RestartPolicy always() {
        return new RestartPolicy(When.ALWAYS, 0);
    }

    /**
     * As {@link #always}; they differ in what is done with a stopped one that is found later.
     *
     * @return docker's {@code unless-stopped}
     */
    public static RestartPolicy unlessStopped() {
        return new RestartPolicy(When.UNLESS_STOPPED, 0);
    }

    /** As docker writes it: {@code no}, {@code on-failure:3}, {@code always}, {@code unless-stopped}. */
    @Override
    public String toString() {
        return when.name().toLowerCase(java.util.Locale.ROOT).replace('_', '-') + (retries > 0 ? ":" + retries : "");
    }
}
