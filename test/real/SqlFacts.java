// Prints what the Java Trino Gateway makes of statements: java -cp gateway-ha.jar SqlFacts.java CASES.json FACTS.json
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import io.trino.gateway.ha.router.TrinoQueryProperties;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedHashMap;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;

public class SqlFacts
{
    public static void main(String[] args)
            throws Exception
    {
        java.util.logging.LogManager.getLogManager().reset();
        ObjectMapper mapper = new ObjectMapper().registerModule(new Jdk8Module());
        ObjectNode facts = mapper.createObjectNode();
        for (JsonNode one : mapper.readTree(new File(args[0]))) {
            ObjectNode fact = facts.putObject(one.get("name").asText());
            try {
                TrinoQueryProperties properties = new TrinoQueryProperties(
                        request(one), one.get("clientsUseV2Format").asBoolean(), one.get("maxBodySize").asInt());
                fact.setAll((ObjectNode) mapper.valueToTree(properties));
                fact.put("queryId", properties.getQueryId().orElse(null));
            }
            catch (Throwable e) {
                fact.put("thrown", e.toString());
            }
        }
        mapper.writeValue(new File(args[1]), facts);
        System.exit(0);
    }

    private static ContainerRequestContext request(JsonNode one)
    {
        MultivaluedHashMap<String, String> headers = new MultivaluedHashMap<>();
        if (one.hasNonNull("catalog")) {
            headers.add("X-Trino-Catalog", one.get("catalog").asText());
        }
        if (one.hasNonNull("schema")) {
            headers.add("X-Trino-Schema", one.get("schema").asText());
        }
        one.get("prepared").forEach(line -> headers.add("X-Trino-Prepared-Statement", line.asText()));
        byte[] body = one.get("sql").asText().getBytes(StandardCharsets.UTF_8);
        MediaType type = one.hasNonNull("charset") ? new MediaType("text", "plain", one.get("charset").asText()) : null;
        return (ContainerRequestContext) Proxy.newProxyInstance(
                SqlFacts.class.getClassLoader(),
                new Class<?>[] {ContainerRequestContext.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "getMethod" -> one.get("method").asText();
                    case "getHeaderString" -> headers.getFirst((String) arguments[0]);
                    case "getHeaders" -> headers;
                    case "hasEntity" -> body.length > 0;
                    case "getEntityStream" -> new ByteArrayInputStream(body);
                    case "getMediaType" -> type;
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
