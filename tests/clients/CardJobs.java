// SPDX-License-Identifier: LGPL-2.1-or-later
// What a Java program does with a card through SunPKCS11, each checked against the providers that Java has by itself:
//
//     CardJobs CONFIGURATION PIN JOB...
//
// A JOB is one argument of words with commas between them:
//
//     list,COUNT
//     sign,SUBJECT,ALGORITHM
//     decrypt,SUBJECT,TRANSFORMATION
//     unwrap,SUBJECT
//     session,ALGORITHM,...
//     agree,SUBJECT  agree-tls,SUBJECT
//     tls,SUBJECT,first|last,PROTOCOL,PORT,CA.PEM
//
// CONFIGURATION is the file that the JDK's PKCS#11 guide describes; SUBJECT is the CN of the certificate. Of each job there is a
// line, `ok JOB` or `failed JOB: why`.
import java.io.FileInputStream;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Security;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Collections;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.KeyGenerator;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509KeyManager;

public class CardJobs {
	private static final byte[] DATA = "what the card has to do with".repeat(40).getBytes(StandardCharsets.UTF_8);
	private static final SecureRandom RANDOM = new SecureRandom();
	private static Provider card;
	private static KeyStore keys;

	public static void main(String[] args) throws Exception {
		card = Security.getProvider("SunPKCS11").configure(args[0]);
		keys = KeyStore.getInstance("PKCS11", card);
		keys.load(null, args[1].toCharArray());
		for (String job : Arrays.copyOfRange(args, 2, args.length))
			try {
				perform(job.split(","));
				System.out.println("ok " + job);
			} catch (Exception e) {
				e.printStackTrace();
				System.out.println("failed " + job + ": " + root(e).getMessage());
			}
		System.exit(0); // the provider watches its card in a thread
	}

	private static Throwable root(Throwable e) {
		return e.getCause() == null ? e : root(e.getCause());
	}

	private static void perform(String[] words) throws Exception {
		String[] rest = Arrays.copyOfRange(words, 1, words.length);
		switch (words[0]) {
			case "list" -> list(Integer.parseInt(rest[0]));
			case "sign" -> sign(rest[0], rest[1]);
			case "decrypt" -> decrypt(rest[0], rest[1]);
			case "unwrap" -> unwrap(rest[0]);
			case "session" -> {
				for (String algorithm : rest)
					session(algorithm);
			}
			case "agree" -> agree(rest[0]);
			case "agree-tls" -> agreeForTls(rest[0]);
			case "tls" -> tls(rest[0], rest[1].equals("first"), rest[2], Integer.parseInt(rest[3]), rest[4]);
			default -> throw new IllegalArgumentException(words[0]);
		}
	}

	private static void must(boolean right, String what) throws GeneralSecurityException {
		if (!right)
			throw new GeneralSecurityException(what);
	}

	// ---- what is on the card ---------------------------------------------------------------------------

	private static X509Certificate certificate(String alias) throws GeneralSecurityException {
		return (X509Certificate) keys.getCertificate(alias);
	}

	private static String alias(String subject) throws GeneralSecurityException {
		for (String alias : Collections.list(keys.aliases()))
			if (keys.isKeyEntry(alias) && certificate(alias).getSubjectX500Principal().getName().contains("CN=" + subject))
				return alias;
		throw new GeneralSecurityException("no key for " + subject);
	}

	private static PrivateKey privateKey(String subject) throws GeneralSecurityException {
		return (PrivateKey) keys.getKey(alias(subject), null);
	}

	private static void list(int count) throws GeneralSecurityException {
		int pairs = 0;
		for (String alias : Collections.list(keys.aliases())) {
			if (!keys.isKeyEntry(alias))
				continue;
			Key key = keys.getKey(alias, null);
			System.out.println(alias + ": " + certificate(alias).getSubjectX500Principal() + ", " + key);
			must(key.getAlgorithm().equals(certificate(alias).getPublicKey().getAlgorithm()), alias + " has another's key");
			pairs++;
		}
		must(pairs == count, pairs + " keys with their certificates");
	}

	// ---- the card's keys -------------------------------------------------------------------------------

	private static void sign(String subject, String algorithm) throws GeneralSecurityException {
		PSSParameterSpec pss = algorithm.equals("RSASSA-PSS") ?
			new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1) : null;
		Signature signing = Signature.getInstance(algorithm, card);
		Signature verifying = Signature.getInstance(algorithm);
		if (pss != null) {
			signing.setParameter(pss);
			verifying.setParameter(pss);
		}
		signing.initSign(privateKey(subject));
		signing.update(DATA);
		byte[] signature = signing.sign();
		verifying.initVerify(certificate(alias(subject)).getPublicKey());
		must(!verifying.getProvider().equals(card), "verified by the card's own provider");
		verifying.update(DATA);
		must(verifying.verify(signature), "the signature is not right");
	}

	private static void decrypt(String subject, String transformation) throws GeneralSecurityException {
		byte[] secret = Arrays.copyOf(DATA, 48);
		Cipher encrypting = Cipher.getInstance(transformation, "SunJCE");
		encrypting.init(Cipher.ENCRYPT_MODE, certificate(alias(subject)).getPublicKey());
		Cipher decrypting = Cipher.getInstance(transformation, card);
		decrypting.init(Cipher.DECRYPT_MODE, privateKey(subject));
		must(Arrays.equals(decrypting.doFinal(encrypting.doFinal(secret)), secret), "another text");
	}

	// An AES key that came encrypted to the card's RSA key; then a text that came encrypted with it.
	private static void unwrap(String subject) throws GeneralSecurityException {
		SecretKey sent = new SecretKeySpec(Arrays.copyOf(DATA, 32), "AES");
		IvParameterSpec iv = new IvParameterSpec(new byte[16]);
		Cipher wrapping = Cipher.getInstance("RSA/ECB/PKCS1Padding", "SunJCE");
		wrapping.init(Cipher.WRAP_MODE, certificate(alias(subject)).getPublicKey());
		Cipher unwrapping = Cipher.getInstance("RSA/ECB/PKCS1Padding", card);
		unwrapping.init(Cipher.UNWRAP_MODE, privateKey(subject));
		Key got = unwrapping.unwrap(wrapping.wrap(sent), "AES", Cipher.SECRET_KEY);
		Cipher encrypting = Cipher.getInstance("AES/CBC/PKCS5Padding", "SunJCE");
		encrypting.init(Cipher.ENCRYPT_MODE, sent, iv);
		Cipher decrypting = Cipher.getInstance("AES/CBC/PKCS5Padding", card);
		decrypting.init(Cipher.DECRYPT_MODE, got, iv);
		must(Arrays.equals(decrypting.doFinal(encrypting.doFinal(DATA)), DATA), "another text");
	}

	private record Agreement(KeyAgreement ours, byte[] secret) {
	}

	// Ready for generateSecret, and what the other side computed.
	private static Agreement agreement(String subject) throws GeneralSecurityException {
		ECPublicKey cardsKey = (ECPublicKey) certificate(alias(subject)).getPublicKey();
		KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", "SunEC");
		generator.initialize(cardsKey.getParams());
		KeyPair other = generator.generateKeyPair();
		KeyAgreement theirs = KeyAgreement.getInstance("ECDH", "SunEC");
		theirs.init(other.getPrivate());
		theirs.doPhase(cardsKey, true);
		KeyAgreement ours = KeyAgreement.getInstance("ECDH", card);
		ours.init(privateKey(subject));
		ours.doPhase(other.getPublic(), true);
		return new Agreement(ours, theirs.generateSecret());
	}

	private static void agree(String subject) throws GeneralSecurityException {
		Agreement agreement = agreement(subject);
		must(Arrays.equals(agreement.ours.generateSecret(), agreement.secret), "another secret");
	}

	// As JSSE asks for it: the secret stays with the provider as a key.
	private static void agreeForTls(String subject) throws GeneralSecurityException {
		Agreement agreement = agreement(subject);
		SecretKey key = agreement.ours.generateSecret("TlsPremasterSecret");
		must(key.getAlgorithm().equals("TlsPremasterSecret"), "it is " + key.getAlgorithm());
		must(Arrays.equals(key.getEncoded(), agreement.secret), "another secret");
	}

	// ---- keys of the session ---------------------------------------------------------------------------

	private static AlgorithmParameterSpec parameters(String transformation) {
		byte[] iv = new byte[transformation.contains("/GCM/") ? 12 : 16];
		RANDOM.nextBytes(iv);
		if (transformation.contains("/ECB/"))
			return null;
		return transformation.contains("/GCM/") ? new GCMParameterSpec(128, iv) : new IvParameterSpec(iv);
	}

	private static byte[] crypt(Provider provider, int mode, String transformation, Key key, AlgorithmParameterSpec parameters,
			byte[] data) throws GeneralSecurityException {
		Cipher cipher = Cipher.getInstance(transformation, provider);
		cipher.init(mode, key, parameters);
		return cipher.doFinal(data); // in one piece: JDK 17 forgets the last piece of several in GCM
	}

	private static void session(String algorithm) throws GeneralSecurityException, CloneNotSupportedException {
		Provider java = Security.getProvider("SunJCE");
		if (algorithm.startsWith("SHA")) {
			byte[] right = MessageDigest.getInstance(algorithm, "SUN").digest(DATA);
			MessageDigest digest = MessageDigest.getInstance(algorithm, card);
			digest.update(DATA, 0, 100);
			MessageDigest same = (MessageDigest) digest.clone();
			for (MessageDigest each : new MessageDigest[] { digest, same }) {
				each.update(DATA, 100, DATA.length - 100);
				must(Arrays.equals(each.digest(), right), "another digest");
			}
		} else if (algorithm.startsWith("Hmac")) {
			SecretKey key = new SecretKeySpec(Arrays.copyOf(DATA, 32), algorithm);
			Mac ours = Mac.getInstance(algorithm, card);
			Mac theirs = Mac.getInstance(algorithm, java);
			ours.init(key);
			theirs.init(key);
			must(Arrays.equals(ours.doFinal(DATA), theirs.doFinal(DATA)), "another MAC");
		} else {
			KeyGenerator generator = KeyGenerator.getInstance("AES", card);
			generator.init(256);
			SecretKey key = generator.generateKey();
			SecretKey same = new SecretKeySpec(key.getEncoded(), "AES");
			AlgorithmParameterSpec parameters = parameters(algorithm);
			byte[] data = Arrays.copyOf(DATA, 1024);
			byte[] encrypted = crypt(card, Cipher.ENCRYPT_MODE, algorithm, key, parameters, data);
			must(Arrays.equals(crypt(java, Cipher.DECRYPT_MODE, algorithm, same, parameters, encrypted), data), "Java reads another text");
			must(Arrays.equals(crypt(card, Cipher.DECRYPT_MODE, algorithm, key, parameters, encrypted), data), "another text");
		}
	}

	// ---- TLS -------------------------------------------------------------------------------------------

	// Always this key: the JDK's own manager takes the first whose type fits.
	private record OneKey(String alias, PrivateKey key, X509Certificate certificate) implements X509KeyManager {
		public String[] getClientAliases(String type, Principal[] issuers) {
			return new String[] { alias };
		}

		public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
			return Arrays.asList(types).contains(key.getAlgorithm()) ? alias : null;
		}

		public String[] getServerAliases(String type, Principal[] issuers) {
			return null;
		}

		public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
			return null;
		}

		public X509Certificate[] getCertificateChain(String name) {
			return new X509Certificate[] { certificate };
		}

		public PrivateKey getPrivateKey(String name) {
			return key;
		}
	}

	private static TrustManagerFactory trust(String file) throws GeneralSecurityException, IOException {
		KeyStore issuers = KeyStore.getInstance("PKCS12");
		issuers.load(null, null);
		try (FileInputStream in = new FileInputStream(file)) {
			issuers.setCertificateEntry("issuer", CertificateFactory.getInstance("X.509").generateCertificate(in));
		}
		TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
		trust.init(issuers);
		return trust;
	}

	private static void tls(String subject, boolean first, String protocol, int port, String issuer)
			throws GeneralSecurityException, IOException {
		Security.insertProviderAt(card, first ? 1 : Security.getProviders().length + 1);
		String alias = alias(subject);
		SSLContext context = SSLContext.getInstance(protocol);
		context.init(new KeyManager[] { new OneKey(alias, privateKey(subject), certificate(alias)) },
			trust(issuer).getTrustManagers(), null);
		HttpsURLConnection connection = (HttpsURLConnection) new URL("https://localhost:" + port + "/").openConnection();
		connection.setSSLSocketFactory(context.getSocketFactory());
		must(connection.getResponseCode() == HttpURLConnection.HTTP_OK, "status " + connection.getResponseCode());
		String page = new String(connection.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		System.out.println(page);
		must(page.contains("Hello " + subject + " over " + protocol), "the page says: " + page);
	}
}
