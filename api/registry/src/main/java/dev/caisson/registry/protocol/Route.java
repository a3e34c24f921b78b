package dev.caisson.registry.protocol;

/**
 * What a path addresses. Read from its end, as the words of the protocol may also be parts of a repository's name.
 *
 * @param repository "" if it is of none
 * @param reference tag, digest or upload; "" if there is none
 */
public record Route(Kind kind, String repository, String reference) {
    private static final String ROOT = "/v2/";
    private static final int LONGEST = 1024;

    /** The endpoints. */
    public enum Kind { BASE, CATALOG, TAGS, MANIFEST, BLOB, UPLOADS, UPLOAD, REFERRERS, TOKEN }

    /**
     * Reads a path as it was sent. Only a digest's colon may be encoded: nothing else in a path of the protocol needs it.
     *
     * @throws Fault if it is none of the protocol's
     */
    public static Route parse(String rawPath) {
        String path = rawPath.replace("%3A", ":").replace("%3a", ":");
        if (path.length() > LONGEST || path.indexOf('%') >= 0) {
            throw new Fault(Code.NAME_INVALID, "the path is no path of the distribution protocol");
        }
        if (path.equals("/token")) {
            return new Route(Kind.TOKEN, "", "");
        }
        if (path.equals("/v2") || path.equals(ROOT)) {
            return new Route(Kind.BASE, "", "");
        }
        if (!path.startsWith(ROOT)) {
            throw new Fault(Code.UNSUPPORTED, 404, "here is a registry that speaks OCI distribution 1.1 below /v2/");
        }
        String rest = path.substring(ROOT.length());
        if (rest.equals("_catalog")) {
            return new Route(Kind.CATALOG, "", "");
        }
        if (rest.endsWith("/tags/list")) {
            return of(Kind.TAGS, rest.substring(0, rest.length() - "/tags/list".length()), "");
        }
        for (String begin : new String[] {"/blobs/uploads/", "/blobs/uploads"}) {
            if (rest.endsWith(begin)) {
                return of(Kind.UPLOADS, rest.substring(0, rest.length() - begin.length()), "");
            }
        }
        int slash = rest.lastIndexOf('/');
        String reference = rest.substring(slash + 1);
        String before = slash < 0 ? "" : rest.substring(0, slash);
        if (reference.isEmpty() || before.isEmpty()) {
            throw new Fault(Code.NAME_INVALID, 404, "the path is no path of the distribution protocol");
        }
        for (Kind kind : new Kind[] {Kind.UPLOAD, Kind.MANIFEST, Kind.BLOB, Kind.REFERRERS}) {
            String word = switch (kind) {
                case UPLOAD -> "/blobs/uploads";
                case MANIFEST -> "/manifests";
                case BLOB -> "/blobs";
                default -> "/referrers";
            };
            if (before.endsWith(word)) {
                return of(kind, before.substring(0, before.length() - word.length()), reference);
            }
        }
        throw new Fault(Code.NAME_INVALID, 404, "the path is no path of the distribution protocol");
    }

    private static Route of(Kind kind, String repository, String reference) {
        return new Route(kind, Names.repository(repository), reference);
    }
}
