//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Google's own test vectors of V4 signing: `storage/v1/v4_signatures.json` of the repository
/// googleapis/conformance-tests, and the key that they were made with, which are there for every client to be tested with.
struct GCSSignatureVector: Sendable, CustomStringConvertible {
    var description: String
    var method: String
    var host = "storage.googleapis.com"
    /// Not encoded.
    var path: String
    var query: [(name: String, value: String)] = []
    var headers: [(name: String, value: String)] = []
    var time: String
    var seconds: Int
    var url: String
    var stringToSign: String

    static let account = "test-iam-credentials@dummy-project-id.iam.gserviceaccount.com"

    static let all: [GCSSignatureVector] = [
        GCSSignatureVector(
            description: "Simple GET",
            method: "GET",
            path: "/test-bucket/test-object",
            time: "2019-02-01T09:00:00Z",
            seconds: 10,
            url: """
                https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-\
                Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fs\
                torage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host&\
                X-Goog-Signature=95e6a13d43a1d1962e667f17397f2b80ac9bdd1669210d5e08e0135df9dff4e56113485dbe429ca\
                2266487b9d1796ebdee2d7cf682a6ef3bb9fbb4c351686fba90d7b621cf1c4eb1fdf126460dd25fa0837dfdde0a9fd98\
                662ce60844c458448fb2b352c203d9969cb74efa4bdb742287744a4f2308afa4af0e0773f55e32e92973619249214b97\
                283b2daa14195244444e33f938138d1e5f561088ce8011f4986dda33a556412594db7c12fc40e1ff3f1bedeb7a42f5bc\
                da0b9567f17f65855f65071fabb88ea12371877f3f77f10e1466fff6ff6973b74a933322ff0949ce357e20abe96c3dd5\
                cfab42c9c83e740a4d32b9e11e146f0eb3404d2e975896f74
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190201T090000Z
                20190201/auto/storage/goog4_request
                00e2fb794ea93d7adb703edaebdd509821fcc7d4f1a79ac5c8d2b394df109320
                """
        ),
        GCSSignatureVector(
            description: "Vary expiration and timestamp",
            method: "GET",
            path: "/test-bucket/test-object",
            time: "2019-03-01T09:00:00Z",
            seconds: 20,
            url: """
                https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-\
                Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190301%2Fauto%2Fs\
                torage%2Fgoog4_request&X-Goog-Date=20190301T090000Z&X-Goog-Expires=20&X-Goog-SignedHeaders=host&\
                X-Goog-Signature=9669ed5b10664dc594c758296580662912cf4bcc5a4ba0b6bf055bcbf6f34eed7bdad664f534962\
                174a924741a0c273a4f67bc1847cef20192a6beab44223bd9d4fbbd749c407b79997598c30f82ddc269ff47ec09fa3af\
                e74e00616d438df0d96a7d8ad0adacfad1dc3286f864d924fe919fb0dce45d3d975c5afe8e13af2db9cc37ba77835f92\
                f7669b61e94c6d562196c1274529e76cfff1564cc2cad7d5387dc8e12f7a5dfd925685fe92c30b43709eee29fa2f6606\
                7472cee5423d1a3a4182fe8cea75c9329d181dc6acad7c393cd04f8bf5bc0515127d8ebd65d80c08e19ad03316053ea6\
                0033fd1b1fd85a69c576415da3bf0a3718d9ea6d03e0d66f0
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190301T090000Z
                20190301/auto/storage/goog4_request
                779f19fdb6fd381390e2d5af04947cf21750277ee3c20e0c97b7e46a1dff8907
                """
        ),
        GCSSignatureVector(
            description: "Vary bucket and object",
            method: "GET",
            path: "/test-bucket2/test-object2",
            time: "2019-02-01T09:00:00Z",
            seconds: 10,
            url: """
                https://storage.googleapis.com/test-bucket2/test-object2?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goo\
                g-Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2\
                Fstorage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=hos\
                t&X-Goog-Signature=36e3d58dfd3ec1d2dd2f24b5ee372a71e811ffaa2162a2b871d26728d0354270bc116face8712\
                7532969c4a3967ed05b7309af741e19c7202f3167aa8c2ac420b61417d6451442bb91d7c822cd17be8783f01e0537276\
                9c88913561d27e6660dd8259f0081a71f831be6c50283626cbf04494ac10c394b29bb3bce74ab91548f58a37118a4526\
                93cf0483d77561fc9cac8f1765d2c724994cca46a83517a10157ee0347a233a2aaeae6e6ab5e204ff8fc5f54f90a3efd\
                b8301d9fff5475d58cd05b181affd657f48203f4fb133c3a3d355b8eefbd10d5a0a5fd70d06e9515460ad74e22334b2c\
                ba4b29cae4f6f285cdb92d8f3126d7a1479ca3bdb69c207d860
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190201T090000Z
                20190201/auto/storage/goog4_request
                a139afbf35ac30e9864f63197f79609731ab1b0ca166e2a456dba156fcd3f9ce
                """
        ),
        GCSSignatureVector(
            description: "Slashes in object name should not be URL encoded",
            method: "GET",
            path: "/test-bucket/path/with/slashes/under_score/amper&sand/file.ext",
            headers: [
                ("header/name/with/slash", "should-be-encoded")
            ],
            time: "2019-02-01T09:00:00Z",
            seconds: 10,
            url: """
                https://storage.googleapis.com/test-bucket/path/with/slashes/under_score/amper%26sand/file.ext?X\
                -Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=test-iam-credentials%40dummy-project-id.iam.g\
                serviceaccount.com%2F20190201%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Go\
                og-Expires=10&X-Goog-SignedHeaders=header%2Fname%2Fwith%2Fslash%3Bhost&X-Goog-Signature=2a9a82e8\
                4e39f5d2c0d980514db17f8c3dece473c9a5743d54e8453f9811927b1b99ce548c534cababd8fa339183e75b410e12e3\
                2a4c72f5ff176e95651fabed0072e59e7e236eb7e26f52c0ce599db1c47ae07af1a98d20872b6fde23432c0a5fcf4fb2\
                dda735169198c80cd5cc51be9904f7e5eef2cc489ff44ac5697c529e4b34ac08709a7d2e425619377212c64561ed8b4d\
                2fcb70a26e4f9236f995ab4658d240ac85c7a353bae6b2d39d5fc0716afa435a1f6e100db5504612b5e610db370623ab\
                4b8eba3c03c98f23dcb4b9ffd518f2212abb2f93649d25385d71603d470cff0b7631adb9d0849d38609dedb3097761c8\
                f47ec0d57777bb063611c05b
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190201T090000Z
                20190201/auto/storage/goog4_request
                f1d206dd8cbe1b892d4081ccddae0927d9f5fee5653fb2a2f43e7c20ed455cad
                """
        ),
        GCSSignatureVector(
            description: "Headers should be trimmed",
            method: "GET",
            path: "/test-bucket/test-object",
            headers: [
                ("collapsed", "abc    def"),
                ("leading", "    xyz"),
                ("trailing", "abc    "),
                ("tabs", "\tabc\t\t\t\tdef\t"),
            ],
            time: "2019-02-01T09:00:00Z",
            seconds: 10,
            url: """
                https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-\
                Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fs\
                torage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=colla\
                psed%3Bhost%3Bleading%3Btabs%3Btrailing&X-Goog-Signature=75d77a3ed2d9b74ff7e1e23b2fd7cc714ad4cc3\
                2518c65f3a8197827cd87d302623bab990cf2ff3a633bfaae69b6c2d897add78c105aa68411229610421c4239579add4\
                aff6bdbd5067a0fd61c3aa0029d7de0f8ae88fa3458fa70f875e841d6df9598597d9012b9f848c6857e08f2704ca2f33\
                2c71738490ffdda2ed928f9340549d7295745725062d28dc1696eab7cb3b88ac4fd445e951423f645d680a60dd8033d6\
                5b65f4c10286f59f4258dbb2bcf36a76ffdd40574104cbbf0b76901c24df5854f24c42e9192fcedc386d85704fec6a6b\
                ad3a5201e1fb6c491a4c43371b0913420743580daf3504e99204c6ec894b4d70cd27bc60c3fe2850e8bf3ed22
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190201T090000Z
                20190201/auto/storage/goog4_request
                19153e83555808dbfeb8969043cc8ce8d5db0cce91dc11fb9df58b8130f09d42
                """
        ),
        GCSSignatureVector(
            description: "List Objects",
            method: "GET",
            path: "/test-bucket",
            time: "2019-02-01T09:00:00Z",
            seconds: 10,
            url: """
                https://storage.googleapis.com/test-bucket?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Credential=t\
                est-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fstorage%2Fgoo\
                g4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host&X-Goog-Signa\
                ture=6dbe94f8e52b2b8a9a476b1c857efa474e09944e2b52b925800316e094a7169d8dbe0df9c0ac08dabb22ac7e827\
                470ceccd65f5a3eadba2a4fb9beebfe37f0d9bb1e552b851fa31a25045bdf019e507f5feb44f061551ef1aeb18dcec0e\
                38ba2e2f77d560a46eaace9c56ed9aa642281301a9d848b0eb30749e34bc7f73a3d596240533466ff9b5f289cd0d4c84\
                5c7d96b82a35a5abd0c3aff83e4440ee6873e796087f43545544dc8c01afe1d79c726696b6f555371e491980e7ec145c\
                ca0803cf562c38f3fa1d724242f5dea25aac91d74ec9ddd739ff65523627763eaef25cd1f95ad985aaf0079b7c74eb5b\
                cb2870a9b137a7b2c8e41fbe838c95872f75b
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190201T090000Z
                20190201/auto/storage/goog4_request
                51a7426c2a6c6ab80f336855fc629461ff182fb1d2cb552ac68e5ce8e25db487
                """
        ),
        GCSSignatureVector(
            description: "Query Parameter Encoding",
            method: "GET",
            path: "/test-bucket/test-object",
            query: [("aA0é/=%-_.~", "~ ._-%=/é0Aa")],
            time: "2019-02-01T09:00:00Z",
            seconds: 10,
            url: """
                https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-\
                Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fs\
                torage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host&\
                aA0%C3%A9%2F%3D%25-_.~=~%20._-%25%3D%2F%C3%A90Aa&X-Goog-Signature=0e4f289c28626a32af95d78f5a0d2c\
                75e5f0bef1cfe5035a532a8185e3ad45b1d5e8ad5ae0fb1898420e40a1576479861c6579db7e3b28ef8386160995ac13\
                74be85e780ac3dfcc62538e9b2e2c51555950fb6fd0d7ecc509d3ccd9c02af5a6c6eb930d21a7383792300eb50a093a5\
                97c1da2a290ed56b01844251f8271d0d5e61fc3f4273a0c26f80e061c06124d93346ea1c50388e3fe73494c05ac27a54\
                caedc04d1476c276c7602554e4cc1933e41df31ea523f4009e879c92333f98b4313755470d7e400bbbde9f5bef36f40b\
                2a1c4a85edbd62aaa84a516e3df055d5d3f575b9ea0f1c24f057240852d9e618403e1dd2cd0fa7fc16b071b073221722\
                56
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190201T090000Z
                20190201/auto/storage/goog4_request
                448f96c23dafa8210900554e138b2b5fd55bc53ef53b8637cecc3edec45a8fcf
                """
        ),
        GCSSignatureVector(
            description: "Query Parameter Ordering",
            method: "GET",
            path: "/test-bucket/test-object",
            query: [("prefix", "/foo"), ("X-Goog-Meta-Foo", "bar")],
            time: "2019-02-01T09:00:00Z",
            seconds: 10,
            url: """
                https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-\
                Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fs\
                torage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-Meta-Foo=bar&X-Goog\
                -SignedHeaders=host&prefix=%2Ffoo&X-Goog-Signature=a07745e1b3d59b85cbe11aa766df72c22468959e72176\
                15dccb7f030234f66b60b37e480f30725ed51f29816362ca8286c619ebb66448ff1d370be2a4a48aacf20d3d2d6200ed\
                17341a5791baf2ee5cd9c2823adacc6264f66c8a54fa887e1bce3c55cf78fb2f6a52618cf09d6f945f63d148052a7b66\
                a75e075ff5065828a806b84bdc49a42399be7483225c720d5e18a6160f79d815f433e7921694fe1d041099851793c258\
                1db0e5ca503cfb566e414f900ceede5f9b22030edd32ab20b6f7f9fb2afba89098b9364e03397c03a94eac3a140c9997\
                9b8786844fb4f6c62c1985378939dd1bbaea8e41b9100dda85a27733171cc78d96ee362ea2c3432f4d8
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190201T090000Z
                20190201/auto/storage/goog4_request
                4dafe74ad142f32b7c25fc4e6b38fd3b8a6339d7f112247573fb0066f637db6c
                """
        ),
        GCSSignatureVector(
            description: "Signed Payload Instead of UNSIGNED-PAYLOAD",
            method: "PUT",
            path: "/test-bucket/test-object",
            headers: [
                ("X-Goog-Content-SHA256", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b982"),
                ("X-TestCaseMetadata-Payload-Value", "hello"),
            ],
            time: "2019-02-01T09:00:00Z",
            seconds: 10,
            url: """
                https://storage.googleapis.com/test-bucket/test-object?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-\
                Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fs\
                torage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host%\
                3Bx-goog-content-sha256%3Bx-testcasemetadata-payload-value&X-Goog-Signature=3e5a9669e9aa162888df\
                f1553d24c159bad4f16d444987f6a1b26d8ad0cb7927f15bfaf79c205324d2138fd1f62edb255430c77a03c0d6e96013\
                99e2519014f9e1a7051d9be735cde530022c84602b1c4c25c86cb1e1584489e49d511c9a618a1a8443af31626ca5b2ad\
                105eda1e4499f52b4043f3c1a3bd40c06c0cae36bb19a50ed8671e5d2cdbb148a196ce5a8c14d6970c08225da293e1ef\
                400c92e7a3d5ba0a29ad0893827c96b203a04b04ebd51929bf99b323beba93097dfee700ee2c1bd97013779e5c8f156e\
                56175d4d07e453b2eb0d616086f9f4753dde63507efe88b0dec29c872d25d9465f07778b16b532814148c578ee7e64ed\
                8437006fa551
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190201T090000Z
                20190201/auto/storage/goog4_request
                be21a0841a897930ff5cf72e6e74ec5274efd76c3fe4cde6678f24a0a3d6dbec
                """
        ),
        GCSSignatureVector(
            description: "Virtual Hosted Style",
            method: "GET",
            host: "test-bucket.storage.googleapis.com",
            path: "/test-object",
            time: "2019-02-01T09:00:00Z",
            seconds: 10,
            url: """
                https://test-bucket.storage.googleapis.com/test-object?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-\
                Credential=test-iam-credentials%40dummy-project-id.iam.gserviceaccount.com%2F20190201%2Fauto%2Fs\
                torage%2Fgoog4_request&X-Goog-Date=20190201T090000Z&X-Goog-Expires=10&X-Goog-SignedHeaders=host&\
                X-Goog-Signature=06c633ea060b0eda81ee58dd3337b01b0d243a44f18cb03ec948861f533a129e579c7fd4c856d18\
                7f1c7b86e5715ea0abf6a1c6ba32b69274d22b1b0406df6847dc87f0d289fe8dc0682351574849b8b13e4b66922f3944\
                1af96becb73ea4c56cd5e3eeb30bc91fe84e8bd205adca8639253bdb65b2fcaf2598a230c6d8f6d8177c9e58a61b6e82\
                6767f594056b490184d676897c4bbedc15d6fbf08c3fa82a406c62e74db661e6c5d7d3ced29e0619ee719dce4b813636\
                0345b8dce120b9f1debd511c8dac3e6d874ee05bfda8c8f1c4fedd0c07fc6d98f5f18a349bb204d8ff401402a025194e\
                2792df8a09282141157e4ca51d26a8d0d142a01c805321911
                """,
            stringToSign: """
                GOOG4-RSA-SHA256
                20190201T090000Z
                20190201/auto/storage/goog4_request
                89eeae48258eccdcb1f592fb908008e3f5d36a949c002c1e614c94356dc18fc6
                """
        ),
    ]

    /// Of nobody's but tests.
    static let privateKey = """
        -----BEGIN PRIVATE KEY-----
        MIIEvAIBADANBgkqhkiG9w0BAQEFAASCBKYwggSiAgEAAoIBAQCsPzMirIottfQ2
        ryjQmPWocSEeGo7f7Q4/tMQXHlXFzo93AGgU2t+clEj9L5loNhLVq+vk+qmnyDz5
        Q04y8jVWyMYzzGNNrGRW/yaYqnqlKZCy1O3bmnNjV7EDbC/jE1ZLBY0U3HaSHfn6
        S9ND8MXdgD0/ulRTWwq6vU8/w6i5tYsU7n2LLlQTl1fQ7/emO9nYcCFJezHZVa0H
        meWsdHwWsok0skwQYQNIzP3JF9BpR5gJT2gNge6KopDesJeLoLzaX7cUnDn+CAnn
        LuLDwwSsIVKyVxhBFsFXPplgpaQRwmGzwEbf/Xpt9qo26w2UMgn30jsOaKlSeAX8
        cS6ViF+tAgMBAAECggEACKRuJCP8leEOhQziUx8Nmls8wmYqO4WJJLyk5xUMUC22
        SI4CauN1e0V8aQmxnIc0CDkFT7qc9xBmsMoF+yvobbeKrFApvlyzNyM7tEa/exh8
        DGD/IzjbZ8VfWhDcUTwn5QE9DCoon9m1sG+MBNlokB3OVOt8LieAAREdEBG43kJu
        yQTOkY9BGR2AY1FnAl2VZ/jhNDyrme3tp1sW1BJrawzR7Ujo8DzlVcS2geKA9at7
        55ua5GbHz3hfzFgjVXDfnkWzId6aHypUyqHrSn1SqGEbyXTaleKTc6Pgv0PgkJjG
        hZazWWdSuf1T5Xbs0OhAK9qraoAzT6cXXvMEvvPt6QKBgQDXcZKqJAOnGEU4b9+v
        Odoh+nssdrIOBNMu1m8mYbUVYS1aakc1iDGIIWNM3qAwbG+yNEIi2xi80a2RMw2T
        9RyCNB7yqCXXVKLBiwg9FbKMai6Vpk2bWIrzahM9on7AhCax/X2AeOp+UyYhFEy6
        UFG4aHb8THscL7b515ukSuKb5QKBgQDMq+9PuaB0eHsrmL6q4vHNi3MLgijGg/zu
        AXaPygSYAwYW8KglcuLZPvWrL6OG0+CrfmaWTLsyIZO4Uhdj7MLvX6yK7IMnagvk
        L3xjgxSklEHJAwi5wFeJ8ai/1MIuCn8p2re3CbwISKpvf7Sgs/W4196P4vKvTiAz
        jcTiSYFIKQKBgCjMpkS4O0TakMlGTmsFnqyOneLmu4NyIHgfPb9cA4n/9DHKLKAT
        oaWxBPgatOVWs7RgtyGYsk+XubHkpC6f3X0+15mGhFwJ+CSE6tN+l2iF9zp52vqP
        Qwkjzm7+pdhZbmaIpcq9m1K+9lqPWJRz/3XXuqi+5xWIZ7NaxGvRjqaNAoGAdK2b
        utZ2y48XoI3uPFsuP+A8kJX+CtWZrlE1NtmS7tnicdd19AtfmTuUL6fz0FwfW4Su
        lQZfPT/5B339CaEiq/Xd1kDor+J7rvUHM2+5p+1A54gMRGCLRv92FQ4EON0RC1o9
        m2I4SHysdO3XmjmdXmfp4BsgAKJIJzutvtbqlakCgYB+Cb10z37NJJ+WgjDt+yT2
        yUNH17EAYgWXryfRgTyi2POHuJitd64Xzuy6oBVs3wVveYFM6PIKXlj8/DahYX5I
        R2WIzoCNLL3bEZ+nC6Jofpb4kspoAeRporj29SgesK6QBYWHWX2H645RkRGYGpDo
        51gjy9m/hSNqBbH2zmh04A==
        -----END PRIVATE KEY-----

        """
}
