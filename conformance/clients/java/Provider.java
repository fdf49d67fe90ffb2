import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * A service that knows nothing of tracing: OpenTelemetry's Java agent sees to it. Usage: Provider PORT
 *
 * <p>Serves requests until its standard input ends.
 */
public final class Provider {
    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(arguments[0]);
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.createContext("/providers", exchange -> {
            byte[] body = "{\"provider\":\"trustly\"}".getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
        System.out.println("serving");
        System.in.transferTo(OutputStream.nullOutputStream());
        server.stop(0);
        // The agent sends what it still has when the program ends.
        System.exit(0);
    }
}
