//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryModel
import RegistryTelemetry

/// Asks a server over its control socket; blocks, and is for commands.
struct ControlClient {
    let path: String

    /// What a server answered.
    struct Answer {
        /// As it came, for those who want JSON.
        let text: String
        let content: StrictJSON
    }

    /// Asks once, on a connection of its own.
    /// - Parameter parameters: of the command; those without a value are left out.
    func ask(
        _ command: String,
        isChange: Bool,
        _ parameters: [(String, String?)] = []
    ) throws(ControlTrouble) -> Answer {
        let body = try body(command, isChange: isChange, parameters)
        guard let content = try? StrictJSON(body) else { throw Self.strange }
        return Answer(text: String(decoding: body, as: UTF8.self), content: content)
    }

    /// Asks for something that is no JSON, or not always.
    func document(_ command: String, _ parameters: [(String, String?)]) throws(ControlTrouble) -> [UInt8] {
        try body(command, isChange: false, parameters)
    }

    private func body(
        _ command: String,
        isChange: Bool,
        _ parameters: [(String, String?)]
    ) throws(ControlTrouble) -> [UInt8] {
        let socket = try connected()
        defer { close(socket) }
        let query = parameters.compactMap { name, value in value.map { "\(name)=\(Self.encoded($0))" } }
        let target = "/v1/\(command)" + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let length = isChange ? "Content-Length: 0\r\n" : ""
        let request =
            "\(isChange ? "POST" : "GET") \(target) HTTP/1.1\r\nHost: plimsoll\r\n\(length)Connection: close\r\n\r\n"
        try Self.send(Array(request.utf8), to: socket)
        return try Self.answer(try Self.readToEnd(socket))
    }

    // MARK: The connection

    private func connected() throws(ControlTrouble) -> CInt {
        guard let address = UnixAddress(path: path) else {
            throw .unreachable("\(path): a socket's path has at most 107 bytes")
        }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .unreachable(String(cString: strerror(errno))) }
        guard address.withSocketAddress({ connect(descriptor, $0, $1) }) == 0 else {
            let number = errno
            close(descriptor)
            throw .unreachable(Self.explanation(number, path))
        }
        return descriptor
    }

    private static func explanation(_ number: CInt, _ path: String) -> String {
        switch number {
        case ENOENT:
            """
            \(path): no server is there
            Is it running? With a socket elsewhere, say so: --config FILE, as the server was started with, or --socket PATH. \
            Its log has control_started with the path; without that line, set http.control.socket.
            """
        case ECONNREFUSED:
            """
            \(path): nobody listens there; the server ended and could not take its socket away
            Start it again: it replaces the socket.
            """
        case EACCES, EPERM:
            """
            \(path): not permitted; only root and the user that the server runs as may
            Try it with sudo, or as that user.
            """
        default: "\(path): \(String(cString: strerror(number)))"
        }
    }

    private static func send(_ bytes: [UInt8], to socket: CInt) throws(ControlTrouble) {
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes {
                Glibc.send(socket, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw .unreachable("the connection broke off: \(String(cString: strerror(errno)))") }
            sent += count
        }
    }

    private static func readToEnd(_ socket: CInt) throws(ControlTrouble) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(socket, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw .unreachable("the connection broke off: \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    // MARK: The answer

    private static let strange = ControlTrouble.unreachable("what is there does not speak as a Plimsoll server does")

    /// The body of an answer, of which the server has said that it is one.
    private static func answer(_ bytes: [UInt8]) throws(ControlTrouble) -> [UInt8] {
        let mark = Array("\r\n\r\n".utf8)
        guard let end = bytes.firstRange(of: mark) else { throw .unreachable("the server ended before it answered") }
        let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
        guard head.hasPrefix("HTTP/1.1 "), let status = Int(head.dropFirst(9).prefix(3)) else { throw strange }
        let isChunked = head.lowercased().contains("\r\ntransfer-encoding: chunked")
        let body = isChunked ? try joined(bytes[end.upperBound...]) : Array(bytes[end.upperBound...])
        guard status == 200 else {
            guard let content = try? StrictJSON(body) else { throw strange }
            let error = content["error"]
            throw .refused(
                code: error?["code"]?.string ?? "\(status)",
                message: error?["message"]?.string ?? "status \(status)"
            )
        }
        return body
    }

    /// What is in the chunks (RFC 9112 §7.1); one that lacks its end is of an answer that broke off.
    private static func joined(_ bytes: ArraySlice<UInt8>) throws(ControlTrouble) -> [UInt8] {
        var (body, rest) = ([UInt8](), bytes)
        while let line = rest.firstIndex(of: UInt8(ascii: "\r")),
            let size = Int(String(decoding: rest[rest.startIndex..<line], as: UTF8.self), radix: 16), size >= 0,
            rest.endIndex - line >= size + 4
        {
            guard size > 0 else { return body }
            body += rest[line + 2..<line + 2 + size]
            rest = rest[(line + 4 + size)...]
        }
        throw .unreachable("the server ended before all of its answer was there")
    }

    /// Percent-encoded for a query.
    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let isPlain =
                byte < 0x80 && (Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber)
            if isPlain || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".") { return String(Unicode.Scalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: true)
            return "%" + (digits.count < 2 ? "0" : "") + digits
        }.joined()
    }
}

/// Why a command to a server came to nothing.
enum ControlTrouble: Error {
    /// No server was reached, in words with a way out.
    case unreachable(String)
    /// The server would not, or could not.
    case refused(code: String, message: String)
}

extension ControlClient {
    /// Asks the server that has something, for a command that ends when it gets no answer.
    /// - Parameters:
    ///   - thing: what the server has, for people.
    ///   - code: the exit code where the server refuses.
    /// - Throws: an exit code, after the reason was printed: 2 where no server answers.
    func answer(
        _ command: String,
        isChange: Bool = false,
        _ parameters: [(String, String?)] = [],
        about thing: String,
        failing code: Int32 = 1
    ) throws -> Answer {
        do throws(ControlTrouble) {
            return try ask(command, isChange: isChange, parameters)
        } catch {
            throw Self.told(error, about: thing, failing: code)
        }
    }

    /// Prints why a command gets no answer.
    /// - Returns: the exit code that it ends with.
    static func told(_ trouble: ControlTrouble, about thing: String, failing code: Int32 = 1) -> ExitCode {
        switch trouble {
        case .unreachable(let message):
            CommandFailure.tell("error: another process has \(thing), and no server answers: \(message)")
            return ExitCode(2)
        case .refused(_, let message):
            CommandFailure.tell("error: \(message)")
            return ExitCode(code)
        }
    }
}
