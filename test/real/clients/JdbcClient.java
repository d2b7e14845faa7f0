import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The official JDBC driver: `cases URL PAGES LARGE MISSING TRANSACTIONS`, `spooled URL PAGES` or `cancel URL SQL`. */
public class JdbcClient {
    private static final String DIRECT = "&sessionProperties=spooling_enabled:false";
    private static String address;

    public static void main(String[] args) throws Exception {
        address = args[1].replace("http://", "jdbc:trino://") + "/tpch/tiny?user=jdbc";
        if (args[0].equals("cancel")) {
            cancel(args[2]);
            return;
        }
        if (args[0].equals("spooled")) {
            System.out.printf("[%s,%s]%n", totals(args[2], ""), totals(args[2], ""));
            return;
        }
        System.out.printf(
                "{\"simple\":[\"%s\",\"%s\"],\"pages\":%s,\"large\":%s,\"prepared\":\"%s\",\"transactions\":%d,"
                        + "\"session\":\"%s\",\"error\":\"%s\"}%n",
                text("SELECT 1, 'x'", 1), text("SELECT 1, 'x'", 2), totals(args[2], DIRECT), totals(args[3], DIRECT), prepared(),
                transactions(Integer.parseInt(args[5])), session(), error(args[4]));
    }

    private static Connection connect() throws SQLException {
        return DriverManager.getConnection(address);
    }

    private static String text(String sql, int column) throws SQLException {
        try (Connection connection = connect(); Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(column);
        }
    }

    private static String totals(String sql, String more) throws SQLException {
        long count = 0;
        long sum = 0;
        try (Connection connection = DriverManager.getConnection(address + more); Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                count++;
                sum += rows.getLong(1);
            }
        }
        return "{\"rows\":" + count + ",\"sum\":" + sum + "}";
    }

    private static String prepared() throws SQLException {
        try (Connection connection = connect(); var statement = connection.prepareStatement("SELECT ? + 1")) {
            statement.setInt(1, 41);
            try (ResultSet rows = statement.executeQuery()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    private static int transactions(int wanted) throws SQLException {
        int done = 0;
        for (int i = 0; i < wanted; i++) {
            try (Connection connection = connect()) {
                connection.setAutoCommit(false);
                for (String sql : new String[] {"SELECT count(*) FROM nation", "SELECT 2"}) {
                    try (Statement statement = connection.createStatement(); ResultSet rows = statement.executeQuery(sql)) {
                        while (rows.next()) {
                            // to the end: closing early would cancel the statement, and with it the transaction
                        }
                    }
                }
                connection.commit();
                done++;
            }
            catch (SQLException failed) {
                System.err.println(failed.getMessage());
            }
        }
        return done;
    }

    private static String session() throws SQLException {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION query_max_run_time = '77m'");
            try (ResultSet rows = statement.executeQuery("SHOW SESSION LIKE 'query_max_run_time'")) {
                rows.next();
                return rows.getString(2);
            }
        }
    }

    private static String error(String sql) {
        try {
            text(sql, 1);
            return "none";
        }
        catch (SQLException failed) {
            return failed.getErrorCode() == 46 ? "TABLE_NOT_FOUND" : failed.getMessage().replace('"', '\'');
        }
    }

    private static void cancel(String sql) throws Exception {
        try (Connection connection = connect(); Statement statement = connection.createStatement()) {
            Thread reader = new Thread(() -> {
                try (ResultSet rows = statement.executeQuery(sql)) {
                    rows.next();
                }
                catch (SQLException expected) {
                    // the cancel
                }
            });
            reader.start();
            System.in.read();
            statement.cancel();
            reader.join();
        }
    }
}
