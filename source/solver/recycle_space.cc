// SPDX-License-Identifier: LGPL-2.1-or-later
#include <nodal/core/exceptions.h>
#include <nodal/core/hash.h>
#include <nodal/solver/recycle_space.h>

#include <cstdint>
#include <cstdio>
#include <fstream>

namespace nodal
{
  namespace
  {
    // The file: the header, then the columns of U and of the solutions in
    // global order, then the checksum of all that. Rank 0 writes and reads;
    // columns travel one by one.
    constexpr std::uint64_t magic = 0x32304345524c444eULL;
    constexpr std::uint64_t limit = 1ULL << 20;

    int rank(MPI_Comm comm)
    {
      int result = 0;
      MPI_Comm_rank(comm, &result);
      return result;
    }

    bool agree(const bool ok, MPI_Comm comm)
    {
      int all = ok;
      MPI_Bcast(&all, 1, MPI_INT, 0, comm);
      return all != 0;
    }

    /// A stream of words with a running FNV-1a checksum.
    template <class Stream>
    struct Summed
    {
      Stream stream;
      Fnv1a<std::uint64_t> sum;
    };

    struct Writer : Summed<std::ofstream>
    {
      void write(const void *data, const std::size_t n_bytes)
      {
        sum.add(data, n_bytes);
        stream.write(static_cast<const char *>(data), n_bytes);
      }

      void word(const std::uint64_t value)
      {
        write(&value, sizeof(value));
      }
    };

    struct Reader : Summed<std::ifstream>
    {
      bool read(void *data, const std::size_t n_bytes)
      {
        stream.read(static_cast<char *>(data), n_bytes);
        const bool ok = stream.good();
        if (ok)
          sum.add(data, n_bytes);
        return ok;
      }

      bool expect(const std::uint64_t value)
      {
        std::uint64_t found = 0;
        return read(&found, sizeof(found)) && found == value;
      }
    };

    /// Local sizes of all ranks and where their pieces begin.
    struct Layout
    {
      explicit Layout(MPI_Comm comm, const PetscInt n_local)
      {
        int size = 1;
        MPI_Comm_size(comm, &size);
        counts.resize(size);
        const int n = n_local;
        MPI_Allgather(&n, 1, MPI_INT, counts.data(), 1, MPI_INT, comm);
        for (const int count : counts)
        {
          offsets.push_back(n_global);
          n_global += count;
        }
      }

      std::vector<int> counts, offsets;
      std::uint64_t n_global = 0;
    };

    PetscInt local_size(Vec x)
    {
      PetscInt n = 0;
      NODAL_PETSC(VecGetLocalSize(x, &n));
      return n;
    }

    void write_header(Writer &file, const std::string &word,
                      const Layout &layout, const RecycleSpace &space)
    {
      file.word(magic);
      file.word(word.size());
      file.write(word.data(), word.size());
      file.word(layout.counts.size());
      for (const int count : layout.counts)
        file.word(count);
      file.word(space.size());
      file.word(space.solutions.size());
      for (const std::vector<double> *numbers : {&space.gram, &space.weights})
      {
        file.word(numbers->size());
        file.write(numbers->data(), numbers->size() * sizeof(double));
      }
    }

    bool read_numbers(Reader &file, std::vector<double> &numbers)
    {
      std::uint64_t n = 0;
      if (!file.read(&n, sizeof(n)) || n >= limit)
        return false;
      numbers.resize(n);
      return n == 0 || file.read(numbers.data(), n * sizeof(double));
    }

    /// @p sizes are the numbers of columns of U and of the solutions.
    bool read_header(Reader &file, const std::string &word,
                     const Layout &layout, std::uint64_t sizes[2],
                     RecycleSpace &space)
    {
      bool ok = file.expect(magic) && file.expect(word.size());
      std::string found(word.size(), ' ');
      ok = ok && file.read(&found[0], found.size()) && found == word &&
           file.expect(layout.counts.size());
      for (const int count : layout.counts)
        ok = ok && file.expect(count);
      return ok && file.read(sizes, 2 * sizeof(*sizes)) && sizes[0] < limit &&
             sizes[1] < limit && read_numbers(file, space.gram) &&
             read_numbers(file, space.weights);
    }

    void broadcast(std::vector<double> &numbers, MPI_Comm comm)
    {
      std::uint64_t n = numbers.size();
      MPI_Bcast(&n, 1, MPI_UINT64_T, 0, comm);
      numbers.resize(n);
      MPI_Bcast(numbers.data(), n, MPI_DOUBLE, 0, comm);
    }
  } // namespace

  void RecycleSpace::clear()
  {
    U.clear();
    gram.clear();
    solutions.clear();
    weights.clear();
  }

  void RecycleSpace::save(const std::string &file, const std::string &layout,
                          MPI_Comm comm) const
  {
    const bool writes = rank(comm) == 0;
    const Layout pieces(comm, !U.empty()           ? local_size(U[0])
                              : !solutions.empty() ? local_size(solutions[0])
                                                   : 0);
    const std::string temporary = file + ".part";
    Writer writer;
    if (writes)
    {
      writer.stream.open(temporary, std::ios::binary);
      write_header(writer, layout, pieces, *this);
    }
    std::vector<double> column(writes ? pieces.n_global : 0);
    for (const std::vector<VecHandle> *vectors : {&U, &solutions})
      for (const VecHandle &u : *vectors)
      {
        const PetscScalar *values = nullptr;
        NODAL_PETSC(VecGetArrayRead(u, &values));
        MPI_Gatherv(values, local_size(u), MPI_DOUBLE, column.data(),
                    pieces.counts.data(), pieces.offsets.data(), MPI_DOUBLE, 0,
                    comm);
        NODAL_PETSC(VecRestoreArrayRead(u, &values));
        writer.write(column.data(), column.size() * sizeof(double));
      }
    bool ok = true;
    if (writes)
    {
      writer.word(writer.sum.value());
      writer.stream.close();
      // The old file stays until the new one is whole.
      ok = writer.stream.good() &&
           std::rename(temporary.c_str(), file.c_str()) == 0;
    }
    if (!agree(ok, comm))
      throw BadInput("Cannot write the recycle space to '" + file +
                     "': check that its folder exists and has room.");
  }

  bool RecycleSpace::load(const std::string &file, const std::string &layout,
                          Vec like)
  {
    clear();
    MPI_Comm comm = PetscObjectComm(reinterpret_cast<PetscObject>(like));
    const bool reads = rank(comm) == 0;
    const Layout pieces(comm, local_size(like));
    Reader reader;
    std::uint64_t sizes[2] = {0, 0};
    bool ok = true;
    if (reads)
    {
      reader.stream.open(file, std::ios::binary);
      ok = reader.stream.good() &&
           read_header(reader, layout, pieces, sizes, *this);
    }
    if (!agree(ok, comm))
    {
      clear();
      return false;
    }
    MPI_Bcast(sizes, 2, MPI_UINT64_T, 0, comm);
    broadcast(gram, comm);
    broadcast(weights, comm);
    std::vector<double> column(reads ? pieces.n_global : 0);
    for (std::uint64_t i = 0; i < sizes[0] + sizes[1]; ++i)
    {
      if (!agree(!reads ||
                     reader.read(column.data(), column.size() * sizeof(double)),
                 comm))
      {
        clear();
        return false;
      }
      std::vector<VecHandle> &vectors = i < sizes[0] ? U : solutions;
      vectors.push_back(duplicate(like));
      PetscScalar *values = nullptr;
      NODAL_PETSC(VecGetArrayWrite(vectors.back(), &values));
      MPI_Scatterv(column.data(), pieces.counts.data(), pieces.offsets.data(),
                   MPI_DOUBLE, values, local_size(like), MPI_DOUBLE, 0, comm);
      NODAL_PETSC(VecRestoreArrayWrite(vectors.back(), &values));
    }
    const std::uint64_t sum = reader.sum.value();
    ok = agree(!reads || reader.expect(sum), comm);
    if (!ok)
      clear();
    return ok;
  }
} // namespace nodal
