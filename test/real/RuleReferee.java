// Asks the Java Trino Gateway's rules engine, MVEL and all, what it says of rules and requests.
import com.fasterxml.jackson.databind.*;
import com.fasterxml.jackson.databind.node.*;
import io.airlift.units.Duration;
import io.trino.gateway.ha.config.RequestAnalyzerConfig;
import io.trino.gateway.ha.router.*;
import jakarta.servlet.*;
import jakarta.servlet.http.*;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedHashMap;
import java.io.*;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.*;
import org.mvel2.MVEL;
import org.mvel2.ParserContext;

/**
 * What the Java gateway's own rules engine says: java -cp gateway-ha.jar RuleReferee.java RULES CASES EXPRESSIONS ANSWERS.
 * Each case gets its group or its error; each expression its value, each action its result and state, or an error.
 */
public final class RuleReferee {
  private static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] args) throws Exception {
    java.util.logging.LogManager.getLogManager().reset();
    ObjectNode answers = JSON.createObjectNode();
    answers.set("cases", cases(args[0], JSON.readTree(new File(args[1]))));
    answers.set("expressions", expressions(JSON.readTree(new File(args[2]))));
    JSON.writeValue(new File(args[3]), answers);
    System.exit(0);
  }

  private static ArrayNode cases(String rules, JsonNode cases) {
    RequestAnalyzerConfig analyzer = new RequestAnalyzerConfig();
    analyzer.setAnalyzeRequest(true);
    var selector = new FileBasedRoutingGroupSelector(rules, Duration.valueOf("1h"), analyzer);
    ArrayNode answers = JSON.createArrayNode();
    for (JsonNode one : cases) {
      ObjectNode answer = answers.addObject();
      try {
        String group = selector.findRoutingDestination(new Described(one.path("request"))).routingGroup();
        answer.put("group", group == null || group.isEmpty() ? null : group);
      } catch (Throwable failed) {
        answer.put("error", rootOf(failed).toString());
      }
    }
    return answers;
  }

  /** All with one request: user alice, source nightly, tags finance,etl. */
  private static ArrayNode expressions(JsonNode recorded) throws Exception {
    Described request = new Described(JSON.readTree("{\"headers\": {\"X-Trino-User\": \"alice\","
        + "\"X-Trino-Source\": \"nightly\", \"X-Trino-Client-Tags\": \"finance,etl\"}}"));
    ArrayNode answers = JSON.createArrayNode();
    for (JsonNode one : recorded) {
      ObjectNode answer = answers.addObject();
      if (one.has("expression")) evaluate(one.get("expression").asText(), request, answer);
      else act(one.get("action").asText(), request, answer);
    }
    return answers;
  }

  private static void evaluate(String text, Described request, ObjectNode answer) {
    try {
      ParserContext context = new ParserContext();
      var imports = MVELRoutingRule.class.getDeclaredMethod("initializeParserContext", ParserContext.class);
      imports.setAccessible(true);
      imports.invoke(new MVELRoutingRule("any", null, null, "true", List.of()), context);
      var compiled = MVEL.compileExpression(text, context);
      Map<String, Object> names = new HashMap<>();
      names.put("request", request);
      names.put("state", new HashMap<>());
      names.put("result", new HashMap<>());
      Object value = null;
      // The engine changes how it evaluates after the first time.
      for (int i = 0; i < 3; i++) value = MVEL.executeExpression(compiled, names);
      answer.put("value", value instanceof Object[] array ? Arrays.deepToString(array) : String.valueOf(value));
    } catch (Throwable failed) {
      answer.put("error", rootOf(failed).toString());
    }
  }

  private static void act(String text, Described request, ObjectNode answer) {
    Map<String, String> result = new HashMap<>();
    Map<String, Object> state = new HashMap<>();
    try {
      new MVELRoutingRule("any", null, 0, "true", List.of(text))
          .evaluateAction(result, Map.of("request", request), state);
    } catch (Throwable failed) {
      answer.put("error", rootOf(failed).toString());
    }
    answer.put("result", String.valueOf(result)).put("state", String.valueOf(state));
  }

  private static Throwable rootOf(Throwable failed) {
    Throwable root = failed;
    while (root.getCause() != null) root = root.getCause();
    return root;
  }

  /** A servlet request made of a description. */
  public static final class Described extends HttpServletRequestWrapper {
    private final JsonNode request;
    private final String path;
    private final List<String[]> lines = new ArrayList<>();
    private final byte[] body;

    public Described(JsonNode request) {
      super((HttpServletRequest) Proxy.newProxyInstance(
          RuleReferee.class.getClassLoader(), new Class<?>[] {HttpServletRequest.class},
          (proxy, method, arguments) -> method.getReturnType() == boolean.class ? false : null));
      this.request = request;
      this.path = request.path("path").asText("/v1/statement");
      if (request.has("user")) lines.add(new String[] {"X-Trino-User", request.get("user").asText()});
      request.path("headers").fields().forEachRemaining(entry -> {
        if (entry.getValue().isArray()) entry.getValue().forEach(v -> lines.add(new String[] {entry.getKey(), v.asText()}));
        else lines.add(new String[] {entry.getKey(), entry.getValue().asText()});
      });
      this.body = request.path("body").asText("").getBytes(StandardCharsets.UTF_8);
    }

    public String getHeader(String name) {
      return lines.stream().filter(l -> l[0].equalsIgnoreCase(name)).map(l -> l[1]).findFirst().orElse(null);
    }
    public Enumeration<String> getHeaders(String name) {
      return Collections.enumeration(lines.stream().filter(l -> l[0].equalsIgnoreCase(name)).map(l -> l[1]).toList());
    }
    public Enumeration<String> getHeaderNames() {
      return Collections.enumeration(lines.stream().map(l -> l[0]).distinct().toList());
    }
    public int getIntHeader(String name) {
      return getHeader(name) == null ? -1 : Integer.parseInt(getHeader(name));
    }
    public String getMethod() { return request.path("method").asText("POST"); }
    public String getRequestURI() { return path.split("\\?")[0]; }
    public String getQueryString() { return path.contains("?") ? path.substring(path.indexOf('?') + 1) : null; }
    public String getRemoteUser() { return null; }
    public String getRemoteAddr() { return request.path("address").asText("127.0.0.1"); }
    public String getRemoteHost() { return getRemoteAddr(); }
    public String getContentType() { return getHeader("Content-Type"); }
    public String getCharacterEncoding() { return null; }
    public Object getAttribute(String name) {
      if (name.equals("trinoQueryProperties")) return new TrinoQueryProperties(context(), false, 1_000_000);
      if (name.equals("trinoRequestUser")) return new TrinoRequestUser(Optional.ofNullable(getHeader("X-Trino-User")), "email");
      return null;
    }
    /** The same request as the statement parser asks for it. */
    private ContainerRequestContext context() {
      MultivaluedHashMap<String, String> headers = new MultivaluedHashMap<>();
      lines.forEach(l -> headers.add(l[0], l[1]));
      return (ContainerRequestContext) Proxy.newProxyInstance(
          RuleReferee.class.getClassLoader(), new Class<?>[] {ContainerRequestContext.class},
          (proxy, method, arguments) -> switch (method.getName()) {
            case "getMethod" -> getMethod();
            case "getHeaders" -> headers;
            case "getHeaderString" -> getHeader((String) arguments[0]);
            case "getEntityStream" -> new ByteArrayInputStream(body);
            case "hasEntity" -> body.length > 0;
            case "getMediaType" -> new MediaType("text", "plain", "UTF-8");
            case "getCookies" -> Map.of();
            default -> null;
          });
    }
    public Cookie[] getCookies() { return new Cookie[0]; }
    public int getContentLength() { return body.length; }
    public BufferedReader getReader() {
      return new BufferedReader(new InputStreamReader(new ByteArrayInputStream(body), StandardCharsets.UTF_8));
    }
    public ServletInputStream getInputStream() {
      ByteArrayInputStream bytes = new ByteArrayInputStream(body);
      return new ServletInputStream() {
        public boolean isFinished() { return bytes.available() == 0; }
        public boolean isReady() { return true; }
        public void setReadListener(ReadListener listener) {}
        public int read() { return bytes.read(); }
      };
    }
  }
}
