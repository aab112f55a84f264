"""Gemma 2 in PyTorch, float32, with every hook; fast enough to train on one CPU thread.

Weights are a dict with the Hugging Face names; matrices are [out, in].
B batch, T tokens, d hidden, H heads, G key/value heads, h head_dim.
Architecture: Gemma 2 report (arXiv 2408.00118): soft-caps on attention scores and logits,
sliding (even) and global (odd) layers, four RMSNorms with gain (1 + w) a block, GeGLU, tied
embeddings scaled by sqrt(d).
"""
import math

import torch
import torch.nn.functional as F

MINI = dict(
    architectures=["Gemma2ForCausalLM"], model_type="gemma2", vocab_size=6144, hidden_size=128,
    num_hidden_layers=6, num_attention_heads=4, num_key_value_heads=2, head_dim=48,
    intermediate_size=512, rms_norm_eps=1e-6, rope_theta=10000.0, hidden_activation="gelu_pytorch_tanh",
    hidden_act="gelu_pytorch_tanh", query_pre_attn_scalar=64, sliding_window=64,
    max_position_embeddings=256, attention_bias=False, attention_dropout=0.0, initializer_range=0.02,
    bos_token_id=2, eos_token_id=1, pad_token_id=0, tie_word_embeddings=True, use_cache=True,
    torch_dtype="bfloat16", attn_logit_softcapping=50.0, final_logit_softcapping=30.0)


def layer_shapes(c):
    """Shape of each weight of one block."""
    d, m = c["hidden_size"], c["intermediate_size"]
    q, kv = c["num_attention_heads"] * c["head_dim"], c["num_key_value_heads"] * c["head_dim"]
    return {"input_layernorm": (d,), "post_attention_layernorm": (d,), "pre_feedforward_layernorm": (d,),
            "post_feedforward_layernorm": (d,), "self_attn.q_proj": (q, d), "self_attn.k_proj": (kv, d),
            "self_attn.v_proj": (kv, d), "self_attn.o_proj": (d, q), "mlp.gate_proj": (m, d),
            "mlp.up_proj": (m, d), "mlp.down_proj": (d, m)}


def init_weights(c, seed):
    """Fresh weights: matrices N(0, 1/in), embedding N(0, 0.03), post-norm gains 0.5."""
    g = torch.Generator().manual_seed(seed)
    w = {"model.embed_tokens.weight": torch.randn(c["vocab_size"], c["hidden_size"], generator=g) * 0.03,
         "model.norm.weight": torch.zeros(c["hidden_size"])}
    for i in range(c["num_hidden_layers"]):
        for name, shape in layer_shapes(c).items():
            if len(shape) == 1:
                value = torch.full(shape, -0.5 if name.startswith("post_") else 0.0)
            else:
                value = torch.randn(shape, generator=g) / math.sqrt(shape[1])
            w["model.layers.%d.%s.weight" % (i, name)] = value
    return w


class Norm(torch.autograd.Function):
    """x / rms(x) * (1 + w), rows of d."""

    @staticmethod
    def forward(ctx, x, w, eps):
        r = x.square().mean(-1, keepdim=True).add_(eps).rsqrt_()
        n = x * r
        ctx.save_for_backward(n, r, w)
        return n * (1 + w)

    @staticmethod
    def backward(ctx, g):
        n, r, w = ctx.saved_tensors
        dw = (g * n).flatten(0, -2).sum(0)
        g = g * (1 + w)
        return (g - n * (g * n).mean(-1, keepdim=True)).mul_(r), dw, None


class Attend(torch.autograd.Function):
    """Soft-capped causal attention in blocks of queries, each with only the keys it can see.

    q [N, r, T, h] scaled, r query heads to a key head; k, v [N, T, h]; mask [T, T]; -> [N, r, T, h]."""

    @staticmethod
    def forward(ctx, q, k, v, mask, cap, window, block=64):
        N, r, T, h = q.shape
        z, kept = torch.empty_like(q), []
        for s in range(0, T, block):
            e, a = min(T, s + block), max(0, (s - window + 1) // block * block)
            t = torch.bmm(q[:, :, s:e].reshape(N, r * (e - s), h), k[:, a:e].transpose(1, 2))
            t = t.mul_(1 / cap).tanh_()
            p = torch.softmax(torch.add(mask[s:e, a:e], t.view(N, r, e - s, e - a), alpha=cap), -1).view_as(t)
            z[:, :, s:e] = torch.bmm(p, v[:, a:e]).view(N, r, e - s, h)
            kept.append((s, e, a, t, p))
        ctx.save_for_backward(q, k, v)
        ctx.kept = kept
        return z

    @staticmethod
    def backward(ctx, g):
        q, k, v = ctx.saved_tensors
        N, r, T, h = q.shape
        dq, dk, dv = torch.empty_like(q), torch.zeros_like(k), torch.zeros_like(v)
        for s, e, a, t, p in ctx.kept:
            gz = g[:, :, s:e].reshape(N, r * (e - s), h)
            dv[:, a:e] += torch.bmm(p.transpose(1, 2), gz)
            gp = torch.bmm(gz, v[:, a:e].transpose(1, 2)).mul_(p)
            gp.addcmul_(p, gp.sum(-1, keepdim=True), value=-1)
            gp.addcmul_(gp, t.square_(), value=-1)
            dq[:, :, s:e] = torch.bmm(gp, k[:, a:e]).view(N, r, e - s, h)
            dk[:, a:e] += torch.bmm(gp.transpose(1, 2), q[:, :, s:e].reshape(N, r * (e - s), h))
        ctx.kept = None
        return dq, dk, dv, None, None, None, None


class Rotate(torch.autograd.Function):
    """Half-split rotary embedding of x [..., T, heads, h]; cos and sin [T, 1, h/2]."""

    @staticmethod
    def turn(x, cos, sin):
        n = x.shape[-1] // 2
        a, b, out = x[..., :n], x[..., n:], torch.empty(x.shape)
        torch.mul(a, cos, out=out[..., :n]).addcmul_(b, sin, value=-1)
        torch.mul(b, cos, out=out[..., n:]).addcmul_(a, sin)
        return out

    @staticmethod
    def forward(ctx, x, cos, sin):
        ctx.tables = cos, sin
        return Rotate.turn(x, cos, sin)

    @staticmethod
    def backward(ctx, g):
        cos, sin = ctx.tables
        return Rotate.turn(g, cos, -sin), None, None


class GeGLU(torch.autograd.Function):
    """gelu_tanh(x[..., :m]) * x[..., m:]."""

    @staticmethod
    def forward(ctx, x):
        m = x.shape[-1] // 2
        a = F.gelu(x[..., :m], approximate="tanh")
        ctx.save_for_backward(x, a)
        return a * x[..., m:]

    @staticmethod
    def backward(ctx, g):
        x, a = ctx.saved_tensors
        m = x.shape[-1] // 2
        out = torch.empty_like(x)
        torch.mul(g, a, out=out[..., m:])
        out[..., :m] = torch.ops.aten.gelu_backward(g * x[..., m:], x[..., :m], approximate="tanh")
        return out


class Loss(torch.autograd.Function):
    """Mean cross-entropy of soft-capped logits, by chunks of rows so that nothing large lives.

    y [n, d] final hidden states, e [V, d] embedding, target [n]."""

    @staticmethod
    def forward(ctx, y, e, target, cap, rows=128):
        n, v = y.shape[0], e.shape[0]
        dy, de, total = torch.empty_like(y), torch.zeros_like(e), 0.0
        a, b = torch.empty(rows, v), torch.empty(rows, v)
        for i in range(0, n, rows):
            m = min(rows, n - i)
            t, z, goal = a[:m], b[:m], target[i:i + m, None]
            torch.mm(y[i:i + m], e.t(), out=t)
            t.mul_(1 / cap).tanh_()
            torch.mul(t, cap, out=z)
            hit = z.gather(1, goal)
            z.exp_()  # |z| <= cap = 30: no overflow
            norm = z.sum(1, keepdim=True)
            total += float((norm.log() - hit).sum())
            z.div_(norm)
            z.scatter_add_(1, goal, -torch.ones(m, 1))
            z.addcmul_(z, t.square_(), value=-1)
            torch.mm(z, e, out=dy[i:i + m])
            de.addmm_(z.t(), y[i:i + m])
        ctx.save_for_backward(dy.div_(n), de.div_(n))
        return y.new_tensor(total / n)

    @staticmethod
    def backward(ctx, g):
        dy, de = ctx.saved_tensors
        return dy * g, de * g, None, None, None


def rope_tables(T, h, theta):
    """cos, sin [T, h/2]."""
    f = theta ** (-torch.arange(0, h, 2, dtype=torch.float64) / h)
    a = torch.arange(T, dtype=torch.float64)[:, None] * f
    return a.cos().float(), a.sin().float()


def masks(c, T):
    """Additive masks [T, T]: (sliding, global)."""
    i = torch.arange(T)
    gap = i[:, None] - i[None, :]
    full = torch.zeros(T, T).masked_fill_(gap < 0, -math.inf)
    return full.masked_fill(gap >= c["sliding_window"], -math.inf), full


def attention(w, p, x, c, cos, sin, mask, window, fix):
    """Attention output [B, T, d]; z before W_O passes through fix."""
    B, T, _ = x.shape
    H, G, h = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"]
    qkv = F.linear(x, torch.cat([w[p + "self_attn.%s_proj.weight" % n] for n in "qkv"]))
    qk = Rotate.apply(qkv[..., :(H + G) * h].reshape(B, T, H + G, h), cos, sin)
    q = (qk[:, :, :H] * c["query_pre_attn_scalar"] ** -0.5).transpose(1, 2).reshape(B * G, H // G, T, h)
    k = qk[:, :, H:].transpose(1, 2).reshape(B * G, T, h)
    v = qkv[..., (H + G) * h:].reshape(B, T, G, h).transpose(1, 2).reshape(B * G, T, h)
    z = Attend.apply(q, k, v, mask, c["attn_logit_softcapping"], window)
    z = fix("attn.hook_z", z.view(B, H, T, h).transpose(1, 2).reshape(B, T, H * h))
    return F.linear(z, w[p + "self_attn.o_proj.weight"])


def forward(w, ids, c, hooks=None):
    """ids [B, T] -> final normed hidden states [B, T, d].

    hooks(name, tensor) is called with every hook and returns the tensor to go on with."""
    T, eps = ids.shape[1], c["rms_norm_eps"]
    cos, sin = rope_tables(T, c["head_dim"], c["rope_theta"])
    cos, sin, mask = cos[:, None], sin[:, None], masks(c, T)
    see = hooks or (lambda name, x: x)
    x = F.embedding(ids, w["model.embed_tokens.weight"]) * math.sqrt(c["hidden_size"])
    x = see("hook_embed_scaled", x)
    for i in range(c["num_hidden_layers"]):
        p, b = "model.layers.%d." % i, "blocks.%d." % i
        n = Norm.apply(x, w[p + "input_layernorm.weight"], eps)
        window = T if i % 2 else c["sliding_window"]
        a = attention(w, p, n, c, cos, sin, mask[i % 2], window, lambda name, t: see(b + name, t))
        x = see(b + "hook_resid_mid", x + Norm.apply(a, w[p + "post_attention_layernorm.weight"], eps))
        if hooks:
            see(b + "ln2.hook_normalized", x * (x.square().mean(-1, keepdim=True) + eps).rsqrt())
        n = Norm.apply(x, w[p + "pre_feedforward_layernorm.weight"], eps)
        n = F.linear(n, torch.cat([w[p + "mlp.gate_proj.weight"], w[p + "mlp.up_proj.weight"]]))
        m = F.linear(GeGLU.apply(n), w[p + "mlp.down_proj.weight"])
        m = see(b + "hook_mlp_out", Norm.apply(m, w[p + "post_feedforward_layernorm.weight"], eps))
        x = see(b + "hook_resid_post", x + m)
    return Norm.apply(x, w["model.norm.weight"], eps)


def logits(w, y, c):
    """Final hidden states [..., d] -> soft-capped logits [..., V]."""
    cap = c["final_logit_softcapping"]
    return cap * torch.tanh(y @ w["model.embed_tokens.weight"].t() / cap)
