package dev.caisson.linux;

/** Pseudo-terminals of a given devpts instance, see pty(7) and ioctl_tty(2). */
public final class Terminals {
    private static final int TCGETS = 0x5401;
    private static final int TCSETS = 0x5402;
    private static final int TIOCGWINSZ = 0x5413;
    private static final int TIOCSWINSZ = 0x5414;
    private static final int TIOCGPTPEER = 0x5441;
    private static final int TIOCSPTLCK = 0x40045431;
    private static final long TIOCGPTN = 0x80045430L;

    /** The kernel's struct termios: four words of flags, the line discipline, 19 characters. */
    private static final int TERMIOS_SIZE = 36;
    private static final int C_CFLAG = 8;
    private static final int C_LFLAG = 12;
    private static final int C_CC = 17;
    private static final int VTIME = 5;
    private static final int VMIN = 6;
    /** IGNBRK, BRKINT, PARMRK, ISTRIP, INLCR, IGNCR, ICRNL, IXON. */
    private static final int INPUT_PROCESSING = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;
    private static final int OPOST = 0x1;
    /** ISIG, ICANON, ECHO, ECHONL, IEXTEN. */
    private static final int LOCAL_PROCESSING = 0x1 | 0x2 | 0x8 | 0x40 | 0x8000;
    private static final int CSIZE_PARENB = 0x30 | 0x100;
    private static final int CS8 = 0x30;

    /** Both ends of a pseudo-terminal, and its number: the name of the peer in its devpts. */
    public record Pty(Fd master, Fd peer, int number) implements AutoCloseable {
        @Override
        public void close() {
            try (master) {
                peer.close();
            }
        }
    }

    /** A terminal's size in characters. */
    public record Winsize(int rows, int columns) {}

    private Terminals() {}

    /**
     * A new pseudo-terminal of the devpts file system that is mounted on a directory. The peer is had from the master
     * (TIOCGPTPEER), never by a path that a container could have replaced.
     */
    public static Pty openpty(Fd devpts) {
        int flags = Fcntl.O_RDWR | Fcntl.O_NOCTTY;
        Fd master = FileCalls.openat2(devpts, "ptmx", flags, 0, Fcntl.RESOLVE_NO_SYMLINKS | Fcntl.RESOLVE_BENEATH);
        try {
            Arena arena = Arena.begin();
            int number = arena.alloc(4);
            Kernel.fd("ioctl TIOCSPTLCK", Nr.IOCTL, master, TIOCSPTLCK, arena.base + number, 0, 0, 0);
            Kernel.fd("ioctl TIOCGPTN", Nr.IOCTL, master, TIOCGPTN, arena.base + number, 0, 0, 0);
            long peer = Kernel.fd("ioctl TIOCGPTPEER", Nr.IOCTL, master, TIOCGPTPEER, flags | Fcntl.O_CLOEXEC, 0, 0, 0);
            return new Pty(master, Fd.adopt((int) peer), arena.memory.getInt(number));
        } catch (RuntimeException e) {
            master.close();
            throw e;
        }
    }

    /** ENOTTY if the descriptor is no terminal. */
    public static Winsize winsize(Fd terminal) {
        Arena arena = Arena.begin();
        int size = arena.alloc(8);
        Kernel.fd("ioctl TIOCGWINSZ", Nr.IOCTL, terminal, TIOCGWINSZ, arena.base + size, 0, 0, 0);
        return new Winsize(arena.memory.getShort(size) & 0xffff, arena.memory.getShort(size + 2) & 0xffff);
    }

    /** Sets the size; the foreground process group gets SIGWINCH. */
    public static void setWinsize(Fd terminal, Winsize wanted) {
        Arena arena = Arena.begin();
        int size = arena.alloc(8);
        arena.memory.putShort(size, (short) wanted.rows()).putShort(size + 2, (short) wanted.columns());
        Kernel.fd("ioctl TIOCSWINSZ", Nr.IOCTL, terminal, TIOCSWINSZ, arena.base + size, 0, 0, 0);
    }

    /**
     * Switches line editing, echo, signals and translation off, as cfmakeraw(3).
     *
     * @return the former settings, for {@link #restore}
     */
    public static byte[] raw(Fd terminal) {
        Arena arena = Arena.begin();
        int termios = arena.alloc(TERMIOS_SIZE);
        Kernel.fd("ioctl TCGETS", Nr.IOCTL, terminal, TCGETS, arena.base + termios, 0, 0, 0);
        byte[] former = arena.copy(termios, TERMIOS_SIZE);
        var m = arena.memory;
        m.putInt(termios, m.getInt(termios) & ~INPUT_PROCESSING);
        m.putInt(termios + 4, m.getInt(termios + 4) & ~OPOST);
        m.putInt(termios + C_CFLAG, m.getInt(termios + C_CFLAG) & ~CSIZE_PARENB | CS8);
        m.putInt(termios + C_LFLAG, m.getInt(termios + C_LFLAG) & ~LOCAL_PROCESSING);
        m.put(termios + C_CC + VMIN, (byte) 1).put(termios + C_CC + VTIME, (byte) 0);
        Kernel.fd("ioctl TCSETS", Nr.IOCTL, terminal, TCSETS, arena.base + termios, 0, 0, 0);
        return former;
    }

    /** @param settings what {@link #raw} returned */
    public static void restore(Fd terminal, byte[] settings) {
        if (settings.length != TERMIOS_SIZE) {
            throw new IllegalArgumentException("terminal settings of " + settings.length + " bytes, not " + TERMIOS_SIZE);
        }
        Arena arena = Arena.begin();
        int termios = arena.alloc(TERMIOS_SIZE);
        arena.memory.put(termios, settings);
        Kernel.fd("ioctl TCSETS", Nr.IOCTL, terminal, TCSETS, arena.base + termios, 0, 0, 0);
    }
}
